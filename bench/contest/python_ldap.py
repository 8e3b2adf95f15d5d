"""The yardstick: python-ldap's parser, which keeps nothing that it has read.

`python -m bench.contest.python_ldap FILE`, with the Python of build/bench-venv.
"""

import sys
from pathlib import Path

import ldif

from bench.contest.figures import report


def parse(path: Path) -> int:
    """Return the number of entries."""
    with path.open("rb") as file:
        parser = ldif.LDIFParser(file)
        parser.parse()
    return int(parser.records_read)


if __name__ == "__main__":
    report(lambda: parse(Path(sys.argv[1])))
