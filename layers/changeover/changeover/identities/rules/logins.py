"""Rules about userPassword, and how many users can log in with theirs."""

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
    """`users` are all that were seen, `others` those without an ordinary hash, by kind.

    `hosts` are those that slapd may run on, where the directory is and where it goes.
    """

    def __init__(self, hosts: Hosts, notes: Notes) -> None:
        self.hosts = hosts
        self.users = 0
        self.others: Counter[Kind] = Counter()
        self._note = notes.note

    def judge(self, entry: str, value: bytes) -> None:
        """Count one user by the value that decides, and note what is to be told of it."""
        judged = judge(value, self.hosts)
        self.others[judged.kind] += 1
        if rule := _RULES.get(judged.kind):
            self._note(rule, entry, *_facts(judged))

    @property
    def kinds(self) -> Counter[Kind]:
        """How many users have a password of each kind."""
        return self.others + Counter({Kind.USABLE: self.users - self.others.total()})

    def notes(self) -> list[Note]:
        """That nobody can log in: more often a fault of the export than of the directory."""
        unable = sum(n for kind, n in self.others.items() if kind > Kind.HOST_DEPENDENT)
        return [(Rule.NO_HASH, "", self.users)] if self.users and unable == self.users else []


def _facts(judged: Judged) -> tuple[str, ...]:
    if judged.hosts:
        return judged.detail, " or ".join(sorted(judged.hosts))
    return (judged.detail,)
