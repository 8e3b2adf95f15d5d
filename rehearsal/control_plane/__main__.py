"""Run the control plane until standard input closes; say in one JSON line when it is ready."""

import argparse
import asyncio
import os
from pathlib import Path

from rehearsal.control_plane.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m rehearsal.control_plane", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="scratch folder of the rehearsal")
    parser.add_argument("--port", type=int, default=0, help="moto's port; 0 takes a free one")
    parser.add_argument("--fail-stack", action="append", default=[], metavar="NAME")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(given.work.resolve(), given.port, frozenset(given.fail_stack)))
    # A document that still runs must not keep this process alive. It ends with the process.
    os._exit(0)


if __name__ == "__main__":
    main()
