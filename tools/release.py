"""`python -m tools.release VERSION` makes a release of Changeover: one commit and its tag.

It writes the version into the package and into template.yaml, and dates the changelog's section
*Unreleased*. It refuses before it changes anything, with every reason. It pushes nothing.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

PACKAGE = "layers/changeover/changeover/__init__.py"
TEMPLATE = "template.yaml"
CHANGELOG = "CHANGELOG.md"
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_PACKAGE_LINE = re.compile(r'^__version__ = "(.*)"$', re.MULTILINE)
_TEMPLATE_LINE = re.compile(r"^( +SemanticVersion:) .*$", re.MULTILINE)
_UNRELEASED = re.compile(
    r"^## (?:\[Unreleased\]|Unreleased)\n(.*?)(?=^## )", re.MULTILINE | re.DOTALL
)


def edited(texts: dict[str, str], version: str, date: str) -> dict[str, str]:
    """The files' texts, by path, as the release has them. Raises ValueError with every reason."""
    package, template, changelog = (texts[path] for path in (PACKAGE, TEMPLATE, CHANGELOG))
    if problems := [*_problems(package, template, changelog, version)]:
        raise ValueError("\n".join(problems))
    return {
        PACKAGE: _PACKAGE_LINE.sub(f'__version__ = "{version}"', package),
        TEMPLATE: _TEMPLATE_LINE.sub(rf"\1 {version}", template),
        CHANGELOG: _UNRELEASED.sub(
            lambda found: f"## Unreleased\n\n## {version} - {date}\n{found[1]}", changelog
        ),
    }


def _problems(package: str, template: str, changelog: str, version: str) -> Iterator[str]:
    current = _PACKAGE_LINE.search(package)
    if not _VERSION.fullmatch(version):
        yield f"{version!r} is not a version such as 1.2.0"
    elif current and _parts(version) <= _parts(current[1]):
        yield f"{version} is not newer than {current[1]}, the version in {PACKAGE}"
    if len(_TEMPLATE_LINE.findall(template)) != 1:
        yield f"{TEMPLATE} must have exactly one line with SemanticVersion"
    unreleased = _UNRELEASED.search(changelog)
    if not unreleased or not unreleased[1].strip():
        yield f"{CHANGELOG} has nothing under *Unreleased*: say there what changed"


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def release(root: Path, version: str, say: Callable[[str], None] = print) -> None:
    """Commit and tag. Raises ValueError if the release cannot be made; then nothing changed."""
    if _git(root, "status", "--porcelain"):
        raise ValueError("there are changes that are not committed: commit or remove them first")
    if _git(root, "branch", "--show-current") != "main":
        raise ValueError("this is not the branch main: a release is made from main only")
    tag = f"v{version}"
    if _git(root, "tag", "--list", tag):
        raise ValueError(f"the tag {tag} exists already: choose another version")
    paths = (PACKAGE, TEMPLATE, CHANGELOG)
    texts = {path: (root / path).read_text() for path in paths}
    for path, text in edited(texts, version, f"{datetime.now(UTC):%Y-%m-%d}").items():
        (root / path).write_text(text)
    _git(root, "commit", "--quiet", "--message", f"Release {version}", *paths)
    _git(root, "tag", "--annotate", tag, "--message", f"Changeover {version}")
    say(f"Committed and tagged {tag}. Next: run .ci/run, then git push --follow-tags")


def _git(root: Path, *command: str) -> str:
    done = subprocess.run(["git", *command], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(f"git {command[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def main() -> None:
    """Exit status 2 when the release is refused."""
    version = sys.argv[1] if len(sys.argv) > 1 else ""
    if not version:
        sys.exit("Say which version: make release VERSION=1.2.0")
    try:
        release(Path(__file__).parents[1], version)
    except ValueError as refusal:
        sys.stderr.write(f"No release was made.\n{refusal}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
