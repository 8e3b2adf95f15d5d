"""The severity, reason and remedy of each rule."""

from changeover.identities.findings import Rule, Severity, Wording
from changeover.identities.rules.catalog_passwords import LOGINS
from changeover.identities.rules.catalog_schema import SCHEMA
from changeover.identities.rules.catalog_target import BESIDE

ERROR, WARNING = Severity.ERROR, Severity.WARNING


_BY_RULE = {
    Rule.NO_USER: Wording(
        ERROR,
        "the directory has no users",
        "export the whole directory: run slapcat as root on the scheduler host",
    ),
    Rule.NO_NUMBER: Wording(ERROR, "its {} is {}, which is not a number", "correct it on live"),
    Rule.DUPLICATE_UID: Wording(
        WARNING,
        "has uidNumber {}, the same as {}: each owns the other's files",
        "give one of them another uidNumber on live, and chown its files",
    ),
    Rule.DUPLICATE_GID: Wording(
        WARNING,
        "has gidNumber {}, the same as {}: each owns the other's files",
        "give the shared group another gidNumber on live, and chgrp its files",
    ),
    Rule.TWIN_NAMES: Wording(
        WARNING,
        "its name {} is equal to the name of {}, or differs from it only in case",
        "rename or remove one of them on live",
    ),
    Rule.GID_WITHOUT_GROUP: Wording(
        WARNING,
        "no group has its gidNumber {}",
        "create a group with that gidNumber on live",
    ),
    Rule.PRIVATE_GROUP: Wording(
        WARNING,
        "SOCA regards the group {} as its private group, which {}",
        "create or correct that group on live, if SOCA's web interface is to manage it",
    ),
    Rule.RESERVED_NAME: Wording(
        WARNING,
        "has the name that later releases of SOCA give to the private group of {}",
        "rename it on live before you move to such a release",
    ),
    Rule.MEMBER_BY_DN: Wording(
        WARNING,
        "lists members by DN, which Linux does not resolve: {}",
        "list them by uid on live",
    ),
    Rule.STRAY_MEMBER: Wording(
        WARNING,
        "lists members that are not among the users who move: {}",
        "remove them on live; otherwise a future user with that name becomes a member",
    ),
    Rule.UNUSUAL_NAME: Wording(
        WARNING,
        "its name {} violates SOCA's rule: at most 32 of A-Z a-z 0-9 _ . -, the first a letter or"
        " digit",
        "rename it on live, if SOCA's web interface is to manage it",
    ),
    Rule.HOME_OUTSIDE: Wording(
        WARNING,
        "its home {} is not in /data/home, or its name has special characters",
        "make sure that the candidate mounts that path",
    ),
    Rule.SHARED_HOME: Wording(
        WARNING,
        "its home {} is also that of {}",
        "give one of them another home directory on live",
    ),
    Rule.MAIL_OF_ANOTHER_NAME: Wording(
        WARNING,
        "single sign-on maps its mail {} to the account {}",
        "correct the mail attribute on live, if users log in through Amazon Cognito",
    ),
    Rule.UID_OUT_OF_RANGE: Wording(
        WARNING,
        "its uidNumber {} is outside the range {} to {}, from which SOCA assigns numbers",
        "no action is needed if this is intended",
    ),
    Rule.INSTALLER_ACCOUNT: Wording(
        WARNING,
        "has uidNumber {}, which SOCA's installer gives to the account that it creates",
        "leave it out if it is that account: every release creates its own",
    ),
    Rule.SUDO_ROLE_NAME: Wording(
        WARNING,
        "lets {} use sudo, but its name makes none of them an administrator of the web interface",
        "if one should be an administrator, give the role that user's name on live",
    ),
    Rule.STRAY_SUDO_USER: Wording(
        WARNING,
        "gives sudo to names that are not among the users who move: {}",
        "remove them on live; otherwise a future user with that name gets sudo",
    ),
    Rule.NOBODY_LEFT_OUT: Wording(
        WARNING,
        "the account {} is to be left out but does not exist",
        "correct the name of the account",
    ),
    Rule.PRIVILEGED: Wording(
        WARNING,
        "gives {} a way to root: {}",
        "remove it on live, unless it is intended; the approver of an upgrade sees it",
    ),
    Rule.LOCAL_NAME: Wording(
        WARNING,
        "{}; on a host, local files override LDAP, so it cannot log in or becomes another account",
        "give it another name or number on live",
    ),
    Rule.USER_ELSEWHERE: Wording(
        WARNING,
        "{} cannot sign in to SOCA's web interface, which binds as {}; SSH works",
        "move or rename the entry on live, so that it has that DN",
    ),
    Rule.MEMBER_CASE: Wording(
        WARNING,
        "lists {}, but the names are {}: Linux is case-sensitive",
        "spell the names on live exactly as the users and groups do",
    ),
    Rule.OLD_PLACE: Wording(
        WARNING,
        "its {} contains the base DN, and does not change with it: {}",
        "if the candidate has another base DN, correct the value there after the import",
    ),
    Rule.HOST_NAME: Wording(
        WARNING,
        "its {} lists hosts: {}; the new scheduler host has another name and address",
        "use ALL or a pattern on live, or add the new scheduler host when it exists",
    ),
}
WORDING = _BY_RULE | LOGINS | SCHEMA | BESIDE
"""The texts of every rule."""
