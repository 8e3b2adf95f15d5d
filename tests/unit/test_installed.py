"""`pip install .` installs all that the `changeover` command imports."""

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
IMPORTED = """
import sys
before = set(sys.modules)
import changeover.cli
print(*{name.partition(".")[0] for name in sys.modules.keys() - before})
"""


def test_the_declared_dependencies_install_all_that_the_command_imports() -> None:
    command = [sys.executable, "-c", IMPORTED]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    owners = metadata.packages_distributions()
    imported = {name for module in done.stdout.split() for name in owners.get(module, [])}
    installed = _closure(PROJECT["dependencies"]) | {PROJECT["name"]}
    assert "pydantic" in imported
    assert {_normal(name) for name in imported} <= installed


def _closure(requirements: list[str]) -> set[str]:
    """Normalized names of the distributions that pip installs for `requirements`."""
    found: set[str] = set()
    waiting = [_name(each) for each in requirements]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            needed = metadata.requires(name) or []
            waiting += [_name(each) for each in needed if "extra ==" not in each]
    return found


def _name(requirement: str) -> str:
    named = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert named
    return _normal(named[0])


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
