"""`python -m tools.asl` prints a line for each finding, and fails if there is one."""

import sys

from tools.asl import DEFINITIONS, findings


def main() -> int:
    found = [f"{path.name}: {each}" for path in DEFINITIONS for each in findings(path.read_text())]
    print("\n".join(found) or f"state machines: {len(DEFINITIONS)} read, nothing to say")
    return 1 if found or not DEFINITIONS else 0


if __name__ == "__main__":
    sys.exit(main())
