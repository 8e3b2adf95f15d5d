"""A release is one commit and one tag, and is refused before anything changes."""

import subprocess
from pathlib import Path

import pytest

from tools.release import CHANGELOG, PACKAGE, TEMPLATE, edited, release

TEXTS = {
    PACKAGE: '"""Changeover."""\n\n__version__ = "0.1.0"\n',
    TEMPLATE: "Metadata:\n  AWS::ServerlessRepo::Application:\n    SemanticVersion: 0.1.0\n",
    CHANGELOG: "# Changelog\n\n## Unreleased\n- A thing.\n\n## 0.1.0\n- First.\n",
}


def test_a_release_writes_its_version_and_dates_the_changelog() -> None:
    texts = edited(TEXTS, "0.2.0", "2026-12-01")
    assert '__version__ = "0.2.0"' in texts[PACKAGE]
    assert "    SemanticVersion: 0.2.0\n" in texts[TEMPLATE]
    assert "## Unreleased\n\n## 0.2.0 - 2026-12-01\n- A thing.\n\n## 0.1.0\n" in texts[CHANGELOG]


@pytest.mark.parametrize(
    ("version", "changed", "says"),
    [
        ("0.2", {}, "'0.2' is not a version such as 1.2.0"),
        ("0.2.0; rm", {}, "is not a version"),
        ("0.1.0", {}, "0.1.0 is not newer than 0.1.0"),
        ("0.0.9", {}, "0.0.9 is not newer than 0.1.0"),
        ("0.2.0", {TEMPLATE: "Resources: {}\n"}, "exactly one line with SemanticVersion"),
        ("0.2.0", {CHANGELOG: "# Changelog\n\n## Unreleased\n\n## 0.1.0\n"}, "has nothing under"),
        ("0.2.0", {CHANGELOG: "# Changelog\n\n## 0.1.0\n"}, "has nothing under"),
    ],
)
def test_a_release_is_refused(version: str, changed: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        edited(TEXTS | changed, version, "2026-12-01")


def test_ten_is_newer_than_nine() -> None:
    texts = TEXTS | {PACKAGE: '__version__ = "0.9.0"\n'}
    assert '"0.10.0"' in edited(texts, "0.10.0", "2026-12-01")[PACKAGE]


def test_a_release_is_committed_and_tagged(repository: Path) -> None:
    release(repository, "0.2.0", say=lambda _: None)
    assert git(repository, "log", "-1", "--format=%s") == "Release 0.2.0"
    assert git(repository, "describe") == "v0.2.0"
    assert git(repository, "status", "--porcelain") == ""


def test_a_version_is_released_once(repository: Path) -> None:
    git(repository, "tag", "v0.2.0")
    before = git(repository, "rev-parse", "HEAD")
    with pytest.raises(ValueError, match=r"the tag v0\.2\.0 exists already"):
        release(repository, "0.2.0")
    assert git(repository, "rev-parse", "HEAD") == before


def test_nothing_uncommitted_goes_into_a_release(repository: Path) -> None:
    (repository / "new").write_text("")
    with pytest.raises(ValueError, match="not committed"):
        release(repository, "0.2.0")


def test_a_release_is_made_from_main_only(repository: Path) -> None:
    git(repository, "switch", "--quiet", "--create", "other")
    with pytest.raises(ValueError, match="not the branch main"):
        release(repository, "0.2.0")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com")):
        for who in ("AUTHOR", "COMMITTER"):
            monkeypatch.setenv(f"GIT_{who}_{name}", value)
    for path, text in TEXTS.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "First")
    return tmp_path


def git(root: Path, *command: str) -> str:
    done = subprocess.run(["git", *command], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()
