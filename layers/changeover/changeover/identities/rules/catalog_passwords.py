"""The reasons and remedies of the rules about passwords and locks."""

from changeover.identities.findings import Rule, Severity, Wording

ERROR, WARNING = Severity.ERROR, Severity.WARNING

LOGINS = {
    Rule.NO_HASH: Wording(
        ERROR,
        "none of its {} users has a password hash that allows a login",
        "export with slapcat as root, which includes userPassword; accept this finding if all users"
        " log in by single sign-on only",
    ),
    Rule.FOREIGN_SCHEME: Wording(
        ERROR,
        "no password works: {}",
        "if the account is in use, its user must set a new password in SOCA before the move;"
        " if not, accept this finding for it: the value moves unchanged",
    ),
    Rule.DAMAGED_HASH: Wording(
        ERROR,
        "no password works: {}",
        "compare the value with the one on live; if it is the same and the account is in use, its"
        " user must set a new password in SOCA; if it is not in use, accept this finding for it",
    ),
    Rule.OPEN_LOCK: Wording(
        WARNING,
        "is locked by a text without a scheme, so slapd accepts the text itself as the password",
        "to lock it completely, write {CRYPT} before the text on live, as in {CRYPT}!",
    ),
    Rule.CLEAR_TEXT: Wording(
        WARNING,
        "its password is stored in clear text, not as a hash",
        "let its user set a new password in SOCA, which stores a hash",
    ),
    Rule.CRYPT_METHOD: Wording(
        WARNING,
        "its {{CRYPT}} hash is {}, which works only on {}",
        "if the account is in use, let its user set a new password in SOCA before the move",
    ),
    Rule.LOCKED_ACCOUNT: Wording(
        WARNING,
        "is locked: its userPassword contains a mark that tools use to lock accounts",
        "no action is needed: it moves unchanged and stays locked",
    ),
    Rule.NO_PASSWORD: Wording(
        WARNING,
        "has no password, so it cannot log in with one",
        "no action is needed if it has none on live either: it moves unchanged",
    ),
    Rule.POLICY_LOCK: Wording(
        WARNING,
        "a password policy locks it on live (pwdAccountLockedTime); the lock does not move,"
        " so its password works on the candidate",
        "before the upgrade, lock it in a way that moves, such as a password that nobody knows",
    ),
    Rule.POLICY_RESET: Wording(
        WARNING,
        "a password policy requires a new password at the next login (pwdReset); this requirement"
        " does not move, so its present password stays valid",
        "let the user change the password on live first",
    ),
}
