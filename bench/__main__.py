"""`python -m bench [name ...]` runs all or the named benchmarks and prints Markdown tables.

Exit status 1: one of them missed its target.
"""

import importlib
import pkgutil
import signal
import sys
from collections.abc import Iterator, Sequence

import bench
from bench import Row


def main(wanted: Sequence[str]) -> int:
    found = _benchmarks()
    if unknown := sorted(set(wanted) - set(found)):
        print(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(found)}")
        return 2
    met = True
    table: type[Row] | None = None
    for row in _measured(wanted or found):
        if type(row) is not table:
            print(*([""] if table else []), *row.HEAD, sep="\n")
            table = type(row)
        print(row, flush=True)
        met = met and row.met
    return 0 if met else 1


def _benchmarks() -> list[str]:
    modules = pkgutil.iter_modules(bench.__path__)
    return [each.name for each in modules if not each.ispkg and each.name != "__main__"]


def _measured(names: Sequence[str]) -> Iterator[Row]:
    for name in names:
        yield from importlib.import_module(f"bench.{name}").measure()


if __name__ == "__main__":
    # Hosts and scratch folders are then removed, as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main(sys.argv[1:]))
