"""`python -m bench [name ...]` runs all or the named benchmarks and prints a Markdown table.

Exit status 1: one of them missed its target.
"""

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Sequence

import bench
from bench import Measurement

HEAD = (
    "| measured | ours | yardstick | theirs | ratio | at most | |",
    "|---|--:|---|--:|--:|--:|---|",
)


def main(wanted: Sequence[str]) -> int:
    found = [each.name for each in pkgutil.iter_modules(bench.__path__) if each.name != "__main__"]
    unknown = sorted(set(wanted) - set(found))
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(found) or 'none'}")
        return 2
    if not found:
        print("no benchmark yet")
        return 0
    return _run(wanted or found)


def _run(names: Sequence[str]) -> int:
    print(*HEAD, sep="\n")
    met = True
    for measurement in _measured(names):
        print(_row(measurement), flush=True)
        met = met and measurement.met
    return 0 if met else 1


def _measured(names: Sequence[str]) -> Iterator[Measurement]:
    for name in names:
        yield from importlib.import_module(f"bench.{name}").measure()


def _row(it: Measurement) -> str:
    amounts = f"{it.ours:.3g} {it.unit} | {it.yardstick} | {it.theirs:.3g} {it.unit}"
    verdict = "" if it.met else "missed"
    return f"| {it.what} | {amounts} | {it.ratio:.2f} | {it.at_most:.2f} | {verdict} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
