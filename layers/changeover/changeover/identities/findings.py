"""The findings of a directory check: severity, rule, entry, reason and remedy."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from changeover.types import Value


class Severity(StrEnum):
    """Error: a user is locked out, data is lost, or the candidate's slapd refuses the entry.

    Warning: the entry is already unusual on live, and moves unchanged.
    """

    ERROR = "error"
    WARNING = "warning"


class Rule(StrEnum):
    """The rules of a directory check, the most severe first."""

    __hash__ = str.__hash__  # Enum's own is slow, and a rule can have ten thousand findings

    NO_USER = "no-user"
    NO_HASH = "no-hash"
    FOREIGN_SCHEME = "foreign-scheme"
    DAMAGED_HASH = "damaged-hash"
    NO_NUMBER = "no-number"
    UNKNOWN_ATTRIBUTE = "unknown-attribute"
    UNKNOWN_CLASS = "unknown-class"
    INCOMPLETE = "incomplete"
    CLASS_CHAIN = "class-chain"
    NOT_ALLOWED = "not-allowed"
    BAD_OPTION = "bad-option"
    BAD_VALUE = "bad-value"
    BAD_NAME = "bad-name"
    SEVERAL_VALUES = "several-values"
    TWIN_VALUES = "twin-values"
    OUTSIDE_BASE = "outside-base"
    NO_PARENT = "no-parent"
    REFUSED_NAME = "refused-name"
    CAPITAL_NAME = "capital-name"
    UNKNOWN_TO_HOST = "unknown-to-host"
    PERSON_WITHOUT_ACCOUNT = "person-without-account"
    ADMINISTRATOR_GAINED = "administrator-gained"
    NO_ADMINISTRATOR = "no-administrator"
    ADMINISTRATOR_LOST = "administrator-lost"
    UNLISTED_USER = "unlisted-user"
    UNLISTED_GROUP = "unlisted-group"
    FOREIGN_ROOT = "foreign-root"
    OPEN_LOCK = "open-lock"
    CLEAR_TEXT = "clear-text"
    CRYPT_METHOD = "crypt-method"
    LOCKED_ACCOUNT = "locked-account"
    NO_PASSWORD = "no-password"  # noqa: S105 - a rule's name
    DUPLICATE_UID = "duplicate-uid"
    DUPLICATE_GID = "duplicate-gid"
    TWIN_NAMES = "twin-names"
    GID_WITHOUT_GROUP = "gid-without-group"
    PRIVATE_GROUP = "private-group"
    RESERVED_NAME = "reserved-name"
    MEMBER_BY_DN = "member-by-dn"
    STRAY_MEMBER = "stray-member"
    UNUSUAL_NAME = "unusual-name"
    HOME_OUTSIDE = "home-outside"
    SHARED_HOME = "shared-home"
    MAIL_OF_ANOTHER_NAME = "mail-of-another-name"
    UID_OUT_OF_RANGE = "uid-out-of-range"
    INSTALLER_ACCOUNT = "installer-account"
    SUDO_ROLE_NAME = "sudo-role-name"
    STRAY_SUDO_USER = "stray-sudo-user"
    POLICY_LOCK = "policy-lock"
    POLICY_RESET = "policy-reset"
    POLICY_STATE = "policy-state"
    SERVERS_OWN = "servers-own"
    NOBODY_LEFT_OUT = "nobody-left-out"
    PRIVILEGED = "privileged"
    LOCAL_NAME = "local-name"
    USER_ELSEWHERE = "user-elsewhere"
    MEMBER_CASE = "member-case"
    OLD_PLACE = "old-place"
    HOST_NAME = "host-name"

    @classmethod
    def _missing_(cls, value: object) -> "Rule | None":
        """Map a rule name of 0.1.0, which stored evidence still contains."""
        return cls.FOREIGN_SCHEME if value == "unsupported-hash" else None


PERSONAL = frozenset(
    {
        *(Rule.FOREIGN_SCHEME, Rule.DAMAGED_HASH, Rule.OPEN_LOCK, Rule.CLEAR_TEXT),
        *(Rule.CRYPT_METHOD, Rule.LOCKED_ACCOUNT, Rule.NO_PASSWORD),
    }
)
"""Rules about one user's own password, which the user can change in SOCA at any time."""


class Wording(NamedTuple):
    """The texts of a rule. The facts of a finding fill the `{}` of its reason, in order."""

    severity: Severity
    reason: str
    remedy: str


class Finding(Value):
    """One finding. `entry` is a normalized DN, or empty for the whole directory.

    A finding never contains a password or a hash.
    """

    severity: Severity
    rule: Rule
    entry: str
    reason: str
    remedy: str

    @property
    def stops_upgrade(self) -> bool:
        """Whether it stops an upgrade.

        An error about one user's password does not: the same password does not work on live either.
        """
        return self.severity is Severity.ERROR and self.rule not in PERSONAL


class Findings(Value):
    """All findings of a check, the most severe rules first.

    `by_rule` counts all findings; `kept` has only the first of each rule. Accepted findings are in
    `accepted` and `accepted_by_rule` instead. `unmatched` lists, as text, acceptances that match no
    finding.
    """

    kept: tuple[Finding, ...]
    by_rule: Mapping[Rule, int]
    accepted: tuple[Finding, ...] = ()
    accepted_by_rule: Mapping[Rule, int] = {}
    unmatched: tuple[str, ...] = ()

    @property
    def stop_upgrade(self) -> bool:
        """Whether any finding stops an upgrade. At least the first finding of each rule is kept."""
        return any(finding.stops_upgrade for finding in self.kept)

    def count(self, severity: Severity) -> int:
        return sum(
            self.by_rule[rule] for rule in {f.rule for f in self.kept if f.severity is severity}
        )
