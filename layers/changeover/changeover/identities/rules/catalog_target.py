"""The reasons and remedies of the rules about the candidate's release."""

from changeover.identities.findings import Rule, Severity, Wording

ERROR, WARNING = Severity.ERROR, Severity.WARNING

BESIDE = {
    Rule.REFUSED_NAME: Wording(
        ERROR,
        "nobody can log in as {} at the web interface of SOCA {}: it accepts at most 32 of"
        " A-Z a-z 0-9 _ . -, the first a letter or digit",
        "rename it on live: uid, private group, memberUid, sudoUser, sudo role and home",
    ),
    Rule.CAPITAL_NAME: Wording(
        ERROR,
        "nobody can log in as {} at the web interface of SOCA {}: it looks up the name in lower"
        " case on the host, which is case-sensitive",
        "rename it on live: uid, private group, memberUid, sudoUser, sudo role and home",
    ),
    Rule.UNKNOWN_TO_HOST: Wording(
        ERROR,
        "with the uidNumber and gidNumber {}, nobody can log in at the web interface of SOCA {}:"
        " sssd accepts only numbers from 1 to 4294967295",
        "give it other numbers on live, and chown its files",
    ),
    Rule.PERSON_WITHOUT_ACCOUNT: Wording(
        ERROR,
        "SOCA {} regards every person entry as a user, and this one lacks {}: SOCA could not list"
        " or create any user",
        "move it to another OU on live, outside the users' OU, or remove it",
    ),
    Rule.ADMINISTRATOR_GAINED: Wording(
        ERROR,
        "is not an administrator in SOCA {}, but would be one in SOCA {}: {}",
        "if it must not be one, remove it from that role's sudoUser on live (%group gives only"
        " sudo); if it should be one, accept this finding for it",
    ),
    Rule.NO_ADMINISTRATOR: Wording(
        ERROR,
        "administrators move from SOCA {}, but none of them would be one in SOCA {}",
        "on live, make sure that exactly one role below the Sudoers OU has an administrator's name"
        " as sudoUser",
    ),
    Rule.ADMINISTRATOR_LOST: Wording(
        WARNING,
        "is an administrator in SOCA {}, but would not be one in SOCA {}: {}",
        "if it should stay one, make sure on live that exactly one role below the Sudoers OU has"
        " its name as sudoUser",
    ),
    Rule.UNLISTED_USER: Wording(
        WARNING,
        "{}, so SOCA {} does not list or manage it{}",
        "make it an inetOrgPerson below the users' OU on live: delete it and add it again",
    ),
    Rule.UNLISTED_GROUP: Wording(
        WARNING,
        "{}, so SOCA {} does not list or manage it{}",
        "make it a posixGroup below the groups' OU on live, if SOCA is to manage it",
    ),
    Rule.FOREIGN_ROOT: Wording(
        WARNING,
        "is the only entry outside {}, a root that the slapd package created: it does not move",
        "no action is needed: no tool can remove it",
    ),
}
