"""`python -m tools.pins LOCK` writes what a build of a release installs, from uv's `pylock.toml`.

A build machine has one of two processors and a Python that AWS chooses. So of each package only the
wheel without compiled code is allowed: one hash each, the same on every machine.
"""

import sys
import textwrap
import tomllib
from pathlib import Path
from typing import Any

from tests.support.templates import ROOT

PINS = ROOT / "requirements/release-build.txt"
TEMPLATE = ROOT / "prerequisites/release-build.yaml"
BEGIN, END = "<<'PINS'\n", "\nPINS\n"
HEAD = "# Made by `make lock` from release-build.in; release-build.yaml has the same lines.\n"


def pins(lock: dict[str, Any]) -> str:
    """Return a line for each package. Raises ValueError if a package has no pure-Python wheel."""
    return "".join(f"{_pin(package)}\n" for package in lock["packages"])


def inline(template: str) -> str:
    """Return the lines in the buildspec of the template's text."""
    between = template.partition(BEGIN)[2].partition(f"\n{_indent(template)}PINS\n")[0]
    return textwrap.dedent(between) + "\n"


def replaced(template: str, lines: str) -> str:
    return template.replace(
        textwrap.indent(inline(template), _indent(template)),
        textwrap.indent(lines, _indent(template)),
    )


def _indent(template: str) -> str:
    """Return the indentation of the first line between BEGIN and END."""
    line = template.partition(BEGIN)[2].partition("\n")[0]
    return line[: len(line) - len(line.lstrip())]


def _pin(package: dict[str, Any]) -> str:
    for wheel in package.get("wheels", []):
        if wheel["url"].endswith("-none-any.whl"):
            return (
                f"{package['name']}=={package['version']} --hash=sha256:{wheel['hashes']['sha256']}"
            )
    raise ValueError(f"{package['name']} has no wheel for any machine: choose another version")


if __name__ == "__main__":
    made = pins(tomllib.loads(Path(sys.argv[1]).read_text()))
    PINS.write_text(HEAD + made)
    TEMPLATE.write_text(replaced(TEMPLATE.read_text(), made))
