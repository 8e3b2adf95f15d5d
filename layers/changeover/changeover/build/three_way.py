"""Three-way merge of one text file by lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from merge3 import Merge3

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Conflict:
    """Lines that both sides changed. Line numbers count from 1 in each side's own file."""

    site_line: int
    site: tuple[str, ...]
    vendor_line: int
    vendor: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged text, or the conflicts. `ours` are the result's lines that the site changed."""

    text: str
    conflicts: tuple[Conflict, ...]
    ours: tuple[int, ...]


def merge_text(base: str, site: str, vendor: str) -> Merged:
    """Merge what the site and what the vendor changed since the base.

    The text of a merge with conflicts is the vendor's.
    """
    base_lines, site_lines, vendor_lines = map(lines_of, (base, site, vendor))
    merge = Merge3(base_lines, vendor_lines, site_lines)
    result: list[str] = []
    conflicts: list[Conflict] = []
    ours: list[int] = []
    for kind, *place in merge.merge_regions():
        match kind, place:
            case "unchanged", (start, end):
                result += base_lines[start:end]
            case (("a" | "same"), (start, end)):
                result += vendor_lines[start:end]
            case "b", (start, end):
                # A removal changes the line that follows it.
                ours += range(len(result) + 1, len(result) + max(end - start, 1) + 1)
                result += site_lines[start:end]
            case _, (_, _, a_start, a_end, b_start, b_end):
                conflicts.append(
                    Conflict(
                        b_start + 1,
                        tuple(site_lines[b_start:b_end]),
                        a_start + 1,
                        tuple(vendor_lines[a_start:a_end]),
                    )
                )
    text = vendor if conflicts else "".join(result)
    return Merged(text, tuple(conflicts), tuple(ours))


def lines_of(text: str) -> list[str]:
    """Split after each LF only; `str.splitlines` also splits after form feeds and the like."""
    *full, rest = text.split("\n")
    return [f"{line}\n" for line in full] + ([rest] if rest else [])


def changed_lines(old: str, new: str) -> tuple[int, ...]:
    """Return the lines of `new` that differ from `old`, counted from 1."""
    matcher = SequenceMatcher(None, lines_of(old), lines_of(new), autojunk=False)
    return tuple(
        line
        for tag, _, _, start, end in matcher.get_opcodes()
        if tag != "equal"
        for line in range(start + 1, max(end, start + 1) + 1)
    )


def shown_lines(lines: Sequence[int]) -> str:
    """Return line numbers as ranges, such as `3-5, 9`."""
    if not lines:
        return ""
    ordered = sorted(set(lines))
    starts = [ordered[0], *(b for a, b in pairwise(ordered) if b > a + 1)]
    ends = [*(a for a, b in pairwise(ordered) if b > a + 1), ordered[-1]]
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True))


def shown_text(line: int, lines: Sequence[str]) -> str:
    """Return a side of a conflict with line numbers, cut after some lines."""
    told = [f"{number}: {text.rstrip()}" for number, text in enumerate(lines[:_SHOWN], line)]
    if len(lines) > _SHOWN:
        told.append(f"and {len(lines) - _SHOWN} lines more")
    return "\n".join(told) or f"{line}: (removed)"
