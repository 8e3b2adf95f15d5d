"""The reasons and remedies of the rules about passwords and locks."""

from changeover.identities.findings import Rule, Severity, Wording

ERROR, WARNING = Severity.ERROR, Severity.WARNING

LOGINS = {
    Rule.NO_HASH: Wording(
        ERROR,
        "none of its {} users has a password hash that opens a login",
        "export with slapcat as root, which sees userPassword; accept this where all users log in"
        " by single sign-on only",
    ),
    Rule.FOREIGN_SCHEME: Wording(
        ERROR,
        "no password opens it: {}",
        "if the account is in use, have its user set a new password by SOCA before the move;"
        " if not, accept this finding for it: the value moves as it is",
    ),
    Rule.DAMAGED_HASH: Wording(
        ERROR,
        "no password opens it: {}",
        "compare the value with live's; if live has the same and the account is in use, have its"
        " user set a new password by SOCA; if not, accept this finding for it",
    ),
    Rule.OPEN_LOCK: Wording(
        WARNING,
        "is locked by a text that has no scheme, so that slapd takes the text for the password",
        "to lock it against this too, write {CRYPT} ahead of the text on live, as in {CRYPT}!",
    ),
    Rule.CLEAR_TEXT: Wording(
        WARNING,
        "its password is kept as it is typed, not as a hash",
        "have its user set a new password by SOCA, which stores a hash",
    ),
    Rule.CRYPT_METHOD: Wording(
        WARNING,
        "its {{CRYPT}} hash is {}, which opens on {} only",
        "have its user set a new password by SOCA before the move, where the account is in use",
    ),
    Rule.LOCKED_ACCOUNT: Wording(
        WARNING,
        "is locked: its userPassword has a mark by which tools lock accounts",
        "nothing needs to be done: it moves as it is, and stays locked",
    ),
    Rule.NO_PASSWORD: Wording(
        WARNING,
        "has no password, so that nobody can log in with one",
        "nothing needs to be done if live has none either: it moves as it is",
    ),
    Rule.POLICY_LOCK: Wording(
        WARNING,
        "a password policy locks it on live (pwdAccountLockedTime); the lock does not move,"
        " so that its password opens it on the candidate",
        "lock it in a way that moves, such as a password that nobody knows, before the upgrade",
    ),
    Rule.POLICY_RESET: Wording(
        WARNING,
        "a password policy makes it change its password at the next login (pwdReset); that does"
        " not move, so that its present password stays",
        "have the password changed on live first, or tell the user",
    ),
}
