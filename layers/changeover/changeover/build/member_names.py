"""Names of an archive's members: what is refused, and what editors and systems leave behind."""

import re
import unicodedata
from collections.abc import Callable, Iterable

_LONGEST, _LONGEST_PART = 1024, 255  # bytes, as Linux has it
_LEFT_BEHIND = re.compile(
    r"(^|/)(\._[^/]*|\.DS_Store|__MACOSX(/.*)?|Thumbs\.db|desktop\.ini|\.idea(/.*)?|\.vscode(/.*)?"
    r"|__pycache__(/.*)?|[^/]*\.(pyc|swp|orig|rej)|[^/]*~|\.#[^/]*|#[^/]*#)$",
    re.IGNORECASE,
)


def name_problem(name: str) -> str:
    """Return why a member's name is refused, or an empty string."""
    return next((told for is_bad, told in _RULES if is_bad(name)), "")


_RULES: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda name: name.startswith("/"), "its name is absolute"),
    (lambda name: ".." in name.split("/"), "its name leads out of the archive with .."),
    (
        lambda name: any(part.lower() == ".git" for part in name.split("/")),
        "it belongs to a git repository. Pack with `git archive`, or leave .git out",
    ),
    (lambda name: "\\" in name, "its name has a backslash. Pack with tar on Linux or macOS"),
    (
        # tarfile reads bytes that are not UTF-8 as surrogates, which are not printable.
        lambda name: not name.isprintable(),
        "its name has control characters, or is not UTF-8",
    ),
    (lambda name: bool({"", "."} & set(name.split("/"))), "its name has empty parts"),
    (
        lambda name: (
            len(name.encode()) > _LONGEST
            or any(len(part.encode()) > _LONGEST_PART for part in name.split("/"))
        ),
        "its name is too long",
    ),
)


def left_behind(name: str) -> bool:
    """Whether an editor or a system left this file behind, such as `.DS_Store`."""
    return _LEFT_BEHIND.search(name) is not None


def clashes(names: Iterable[str]) -> list[str]:
    """Return a sentence for each two names that differ in capitals or accents' coding only.

    A file that another file's name has as its folder clashes as well.
    """
    seen: dict[str, str] = {}
    problems = []
    listed = list(names)
    for name in listed:
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in seen:
            how = "is there twice" if seen[folded] == name else f"differs only in form: {name}"
            problems.append(f"{seen[folded]} {how}")
        seen.setdefault(folded, name)
    files = set(listed)
    for name in listed:
        parts = name.split("/")
        above = ("/".join(parts[:end]) for end in range(1, len(parts)))
        problems += [f"{each} is both a file and a folder" for each in above if each in files]
    return list(dict.fromkeys(problems))
