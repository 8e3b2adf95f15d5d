"""Rules about userPassword, and the number of users who can log in."""

from collections import Counter

from changeover.identities.findings import Rule
from changeover.identities.passwords import Judged, Kind, judge
from changeover.identities.rules.collector import Note, Notes
from changeover.soca.crypt_methods import Hosts

_RULES = {
    Kind.CLEAR_TEXT: Rule.CLEAR_TEXT,
    Kind.HOST_DEPENDENT: Rule.CRYPT_METHOD,
    Kind.ELSEWHERE: Rule.CRYPT_METHOD,
    Kind.OPEN_LOCK: Rule.OPEN_LOCK,
    Kind.LOCKED: Rule.LOCKED_ACCOUNT,
    Kind.FOREIGN: Rule.FOREIGN_SCHEME,
    Kind.DAMAGED: Rule.DAMAGED_HASH,
    Kind.NONE: Rule.NO_PASSWORD,
}


class Logins:
    """Counts users by kind of password.

    `users` is the number of all users. `others` counts those without an ordinary hash, by kind.
    `hosts` are the hosts that slapd may run on, on live and on the candidate.
    """

    def __init__(self, hosts: Hosts, notes: Notes) -> None:
        self.hosts = hosts
        self.users = 0
        self.others: Counter[Kind] = Counter()
        self._note = notes.note

    def judge(self, entry: str, value: bytes) -> None:
        """Count one user by the deciding userPassword value, and note its finding."""
        judged = judge(value, self.hosts)
        self.others[judged.kind] += 1
        if rule := _RULES.get(judged.kind):
            self._note(rule, entry, *_facts(judged))

    @property
    def kinds(self) -> Counter[Kind]:
        """The number of users by kind of password."""
        return self.others + Counter({Kind.USABLE: self.users - self.others.total()})

    def notes(self) -> list[Note]:
        """Return a note if no user can log in. The cause is usually the export."""
        unable = sum(n for kind, n in self.others.items() if kind > Kind.HOST_DEPENDENT)
        return [(Rule.NO_HASH, "", self.users)] if self.users and unable == self.users else []


def _facts(judged: Judged) -> tuple[str, ...]:
    if judged.hosts:
        return judged.detail, " or ".join(sorted(judged.hosts))
    return (judged.detail,)
