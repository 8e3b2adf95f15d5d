"""What each rule says: how bad it is, the reason, and the remedy."""

from changeover.identities.findings import Rule, Severity, Wording
from changeover.identities.rules.beside_wording import BESIDE

ERROR, WARNING = Severity.ERROR, Severity.WARNING


_BY_RULE = {
    Rule.NO_USER: Wording(
        ERROR,
        "the directory has no user at all",
        "export the whole directory: slapcat, as root on the scheduler",
    ),
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
    Rule.NO_NUMBER: Wording(ERROR, "its {} is {}, which is no number", "correct it on live"),
    Rule.UNKNOWN_ATTRIBUTE: Wording(
        ERROR,
        "{} is in no schema that SOCA loads, so that its slapd would refuse the entry",
        "remove it from the entry on live, or name the schema that the candidate loads, too"
        " (--schema, or directory.schema in the cluster's configuration)",
    ),
    Rule.UNKNOWN_CLASS: Wording(
        ERROR,
        "the object class {} is in no schema that SOCA loads, so that its slapd would refuse the"
        " entry",
        "remove it from the entry on live, with the attributes that came with it, or name the"
        " schema that the candidate loads, too (--schema, or directory.schema)",
    ),
    Rule.INCOMPLETE: Wording(
        ERROR,
        "lacks {}, without which slapd would refuse the entry",
        "complete the entry on live, or remove it",
    ),
    Rule.TWIN_VALUES: Wording(
        ERROR,
        "two values of {} are the same to a directory, which refuses the second",
        "remove one of them on live",
    ),
    Rule.CLASS_CHAIN: Wording(
        ERROR,
        "{}, so that slapd would refuse the entry",
        "give the entry one structural object class, with its superiors and auxiliary ones only",
    ),
    Rule.NOT_ALLOWED: Wording(
        ERROR,
        "slapd does not allow it {}: {}",
        "remove the attribute on live, or add an object class that allows it",
    ),
    Rule.BAD_OPTION: Wording(
        ERROR, "slapd refuses its attribute {}: {}", "correct the attribute's options"
    ),
    Rule.BAD_VALUE: Wording(
        ERROR,
        "slapd refuses a value of its attribute {}, which must be {}",
        "correct or remove the value on live",
    ),
    Rule.BAD_NAME: Wording(
        ERROR, "slapd refuses its name: {}", "rename or remove the entry on live"
    ),
    Rule.SEVERAL_VALUES: Wording(
        ERROR,
        "has several values of {}, of which slapd allows one",
        "keep one of them on live",
    ),
    Rule.OUTSIDE_BASE: Wording(
        ERROR,
        "does not stand below {}, so that the candidate's database would refuse it",
        "name the dialect and the base DN that the file really has, or remove the entry",
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
    Rule.DUPLICATE_UID: Wording(
        WARNING,
        "has uidNumber {}, as has {}: their files are one another's",
        "give one of them another number on live, and chown its files",
    ),
    Rule.DUPLICATE_GID: Wording(
        WARNING,
        "has gidNumber {}, as has {}: the files of one group are the other's",
        "give the shared group another number on live, and chgrp its files",
    ),
    Rule.TWIN_NAMES: Wording(
        WARNING,
        "is called {}, which differs from the name of {} in case only, or not at all",
        "rename or remove one of them on live",
    ),
    Rule.GID_WITHOUT_GROUP: Wording(
        WARNING,
        "its gidNumber {} is no group's",
        "make a group with that number on live",
    ),
    Rule.PRIVATE_GROUP: Wording(
        WARNING,
        "SOCA takes the group {} for its private one, which {}",
        "make or correct that group on live, if SOCA's web interface shall manage it",
    ),
    Rule.RESERVED_NAME: Wording(
        WARNING,
        "has the name that later releases of SOCA give the private group of {}",
        "rename it on live before a move to such a release",
    ),
    Rule.MEMBER_BY_DN: Wording(
        WARNING,
        "names members by their DN, which Linux does not understand: {}",
        "name them by their uid on live",
    ),
    Rule.STRAY_MEMBER: Wording(
        WARNING,
        "names members that are no users who move: {}",
        "remove them on live, unless whoever is given such a name next shall be a member",
    ),
    Rule.UNUSUAL_NAME: Wording(
        WARNING,
        "its name {} breaks SOCA's rule: at most 32 of A-Z a-z 0-9 _ . -, a letter or digit first",
        "rename it on live, if SOCA's web interface shall manage it",
    ),
    Rule.HOME_OUTSIDE: Wording(
        WARNING,
        "its home {} is not in /data/home, or has no plain name there",
        "make sure that the candidate mounts that place",
    ),
    Rule.SHARED_HOME: Wording(
        WARNING, "its home {} is also that of {}", "give one of them another home on live"
    ),
    Rule.MAIL_OF_ANOTHER_NAME: Wording(
        WARNING,
        "single sign-on takes its mail {} for that of the account {}",
        "correct the mail on live, where people log in through Cognito",
    ),
    Rule.UID_OUT_OF_RANGE: Wording(
        WARNING,
        "its uidNumber {} is outside {} to {}, out of which SOCA picks",
        "nothing needs to be done, if it is meant so",
    ),
    Rule.INSTALLER_ACCOUNT: Wording(
        WARNING,
        "has uidNumber {}, which SOCA's installer gives the account that it makes by itself",
        "leave it out, if it is that account: every release makes its own",
    ),
    Rule.SUDO_ROLE_NAME: Wording(
        WARNING,
        "lets {} use sudo, but makes nobody of that name an administrator of the web interface",
        "name the role after its only user on live, if that is meant",
    ),
    Rule.STRAY_SUDO_USER: Wording(
        WARNING,
        "lets somebody use sudo who does not move: {}",
        "remove the role on live, unless whoever is given such a name next shall have it",
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
    Rule.POLICY_STATE: Wording(
        WARNING,
        "{} of a password policy does not move; number of entries that have it: {}",
        "load and fill the policy on the candidate by your own means, if you need it",
    ),
    Rule.SERVERS_OWN: Wording(
        WARNING,
        "{} is written by live's server itself and does not move; number of entries that have"
        " it: {}",
        "nothing needs to be done, unless a program of yours reads it",
    ),
    Rule.NOBODY_LEFT_OUT: Wording(
        WARNING, "the account {} shall be left out, and does not exist", "correct its name"
    ),
    Rule.PRIVILEGED: Wording(
        WARNING,
        "gives {} a way to root: {}",
        "remove it on live, unless it is meant; the approver of an upgrade is shown it",
    ),
    Rule.LOCAL_NAME: Wording(
        WARNING,
        "{}, whose own files win over LDAP: there it is locked out, or somebody else",
        "give it another name or number on live",
    ),
    Rule.USER_ELSEWHERE: Wording(
        WARNING,
        "{} cannot sign in to SOCA's web interface, which binds as {}; SSH works",
        "move or rename the entry on live, so that it has that name",
    ),
    Rule.MEMBER_CASE: Wording(
        WARNING,
        "names {}, and means {}: Linux tells capitals and small letters apart",
        "spell the names on live as the users and groups spell them",
    ),
    Rule.OLD_PLACE: Wording(
        WARNING,
        "its {} holds the base DN, and stays as it is when that changes: {}",
        "correct it on the candidate after the import, where its base DN is another",
    ),
    Rule.HOST_NAME: Wording(
        WARNING,
        "its {} names machines: {}; the new scheduler has another name and address",
        "use ALL or a pattern on live, or add the new scheduler once it is there",
    ),
}
WORDING = _BY_RULE | BESIDE
"""Each rule's."""
