"""What an intent is applied with, and what becomes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from changeover.build.intents.text_edits import NoAnchor
from changeover.build.line_ends import text_of
from changeover.build.near_words import near
from changeover.build.report import Verdict
from changeover.build.settings import BuildSettings
from changeover.build.tree import File, Tree


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one intent: changed files, and perhaps a remark that a person must read."""

    files: Mapping[str, File]
    verdict: Verdict = Verdict.APPLIED
    why: str = "As the site wants it"
    do: str = ""


@dataclass(frozen=True, slots=True)
class SiteRelease:
    """What an intent is applied with: the release so far, the site's files and the settings."""

    tree: Tree
    own: Tree
    settings: BuildSettings

    def first(self, paths: Sequence[str]) -> str:
        """Return the first path that the release has, or an empty string."""
        return next((path for path in paths if path in self.tree), "")

    def text(self, path: str) -> str:
        text = text_of(self.tree[path])
        if text is None:
            raise NoAnchor(f"{path} is not a text file")
        return text

    def with_text(self, path: str, text: str) -> dict[str, File]:
        return {path: File(text.encode(), self.tree[path].executable)}

    def own_file(self, name: str) -> File:
        if name not in self.own:
            raise NoAnchor(f"the site's archive has no files/{name}{near(name, self.own)}")
        return self.own[name]


def nowhere(place: str) -> Outcome:
    why = f"This release has no place for {place}"
    do = "Find out how this release does it, and leave the intent out."
    return Outcome({}, Verdict.ACTION_NEEDED, why, do)
