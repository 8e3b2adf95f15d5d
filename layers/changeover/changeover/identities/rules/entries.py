"""Rules about any entry: what follows from its layout is worked out once for thousands of them."""

from collections.abc import Callable, Iterator

from changeover.identities import canonical, classes, schema
from changeover.identities.findings import Rule
from changeover.identities.layouts import Layout, Values
from changeover.identities.rules.notes import Notes

Check = Callable[[str, Values], None]
"""Looks at one entry: its normalised DN, and its values."""

_CLASS = "objectclass"
_CLASSES = classes.REQUIRED.keys()


def check_of(layout: Layout, values: Values, notes: Notes) -> Check | None:
    """A check for every entry of the layout, of which one is given; None when all must be well."""
    faults = tuple(_faults(layout, values))
    lacking = _lacking(layout)
    several = [n for n in layout.names if n != _CLASS and len(layout.all(values, n)) > 1]
    if not (faults or lacking or several):
        return None

    def check(entry: str, values: Values) -> None:
        for rule, *facts in faults:
            notes.note(rule, entry, *facts)
        if missing := [attribute for attribute in lacking if not _names(entry, attribute)]:
            notes.note(Rule.INCOMPLETE, entry, ", ".join(map(schema.spelled, missing)))
        for attribute in several:
            if _has_twins(attribute, layout.all(values, attribute)):
                notes.note(Rule.TWIN_VALUES, entry, schema.spelled(attribute))

    return check


def _faults(layout: Layout, values: Values) -> Iterator[tuple[Rule, *tuple[str, ...]]]:
    """What is wrong with all entries of the layout."""
    yield from ((Rule.UNKNOWN_ATTRIBUTE, attribute) for attribute in layout.strange)
    yield from ((Rule.UNKNOWN_CLASS, name) for name in sorted(layout.classes - _CLASSES))
    if _has_twins(_CLASS, layout.all(values, _CLASS)):
        yield Rule.TWIN_VALUES, schema.spelled(_CLASS)


def _lacking(layout: Layout) -> list[str]:
    required = {a for name in layout.classes & _CLASSES for a in classes.REQUIRED[name]}
    has = {name.partition(";")[0] for name in layout.names}
    return sorted(required - has if layout.classes else {_CLASS})


def _names(entry: str, attribute: str) -> bool:
    """A server adds what an entry is named by."""
    return entry.startswith(f"{attribute}=")


def _has_twins(attribute: str, values: tuple[bytes, ...]) -> bool:
    if not (canonical.folds(attribute) or canonical.names_entries(attribute)):
        return len(set(values)) < len(values)
    return len({canonical.same(attribute, value) for value in values}) < len(values)
