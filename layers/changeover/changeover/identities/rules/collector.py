"""Collect findings: count all of them, and keep the first of each rule."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from changeover.identities.accepted_findings import NOTHING, Acceptance, Accepted
from changeover.identities.findings import Finding, Findings, Rule, Severity
from changeover.identities.rules.catalog import WORDING

KEPT = 1_000
"""Default number of findings to keep for each rule: more would not help a reader."""

_LONGEST = 80
_SHOWN = 5
_BRIEF = 1_000

Note = tuple[Rule, str, *tuple[str | int, ...]]
"""A rule, the normalized DN of the entry, and the facts that fill the rule's reason."""


class Notes:
    def __init__(
        self,
        most: int | None = KEPT,
        known: Collection[Rule] = (),
        accepted: Accepted = NOTHING,
    ) -> None:
        """Keep at most `most` findings of each rule, and as many accepted ones; None keeps all.

        Findings of `known` rules are only warnings.
        """
        self._most = most
        self._known = frozenset(known)
        self._said: set[tuple[Rule, str]] = set()
        self._accepted = accepted
        self._open = _Collected()
        self._closed = _Collected()
        self._used: set[Acceptance] = set()

    def spare(self, rule: Rule, entry: str) -> None:
        """Suppress this rule for the entry, because another rule reports the problem better."""
        self._said.add((rule, entry))

    def note(self, rule: Rule, entry: str, *facts: str | int) -> None:
        if self._said and (rule, entry) in self._said:
            return
        by = self._accepted.covering(rule, entry)
        self._used.update(by)
        collected = self._closed if by else self._open
        count = collected.counts[rule] = collected.counts[rule] + 1
        if self._most is None or count <= self._most:
            severity, reason, remedy = WORDING[rule]
            collected.kept.append(
                Finding(
                    severity=Severity.WARNING if rule in self._known else severity,
                    rule=rule,
                    entry=entry,
                    reason=reason.format(*map(_brief, facts)),
                    remedy=remedy,
                )
            )

    def findings(self, more: Iterable[Note] = ()) -> Findings:
        """Return all findings so far, and `more`, which is not kept for the next call."""
        notes = Notes(self._most, self._known, self._accepted)
        notes._open, notes._closed = self._open.copy(), self._closed.copy()
        notes._used = self._used.copy()
        for each in more:
            notes.note(*each)
        return Findings(
            kept=notes._open.in_order(),
            by_rule=notes._open.by_rule(),
            accepted=notes._closed.in_order(),
            accepted_by_rule=notes._closed.by_rule(),
            unmatched=self._accepted.besides(notes._used),
        )


class _Collected:
    """Findings, either open or accepted: all are counted, some are kept."""

    def __init__(self) -> None:
        self.counts: Counter[Rule] = Counter()
        self.kept: list[Finding] = []

    def copy(self) -> "_Collected":
        twin = _Collected()
        twin.counts, twin.kept = self.counts.copy(), self.kept.copy()
        return twin

    def in_order(self) -> tuple[Finding, ...]:
        order = {rule: at for at, rule in enumerate(Rule)}
        return tuple(sorted(self.kept, key=lambda finding: order[finding.rule]))

    def by_rule(self) -> dict[Rule, int]:
        return {rule: self.counts[rule] for rule in Rule if self.counts[rule]}


def _brief(fact: str | int) -> str | int:
    """Shorten a fact: a name can have megabytes, and occur in a hundred thousand findings."""
    return f"{fact[:_BRIEF]}…" if isinstance(fact, str) and len(fact) > _BRIEF else fact


def printable(value: bytes) -> str:
    """Return the value as readable text of at most 80 characters. Any bytes are allowed."""
    text = value[: 4 * _LONGEST + 4].decode(errors="backslashreplace")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def some(values: Sequence[bytes]) -> str:
    """Return the first five values as text, and how many more there are."""
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return ", ".join(map(printable, values[:_SHOWN])) + more
