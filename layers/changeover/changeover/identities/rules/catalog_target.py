"""What the rules say by which the release to come judges beside live."""

from changeover.identities.findings import Rule, Severity, Wording

ERROR, WARNING = Severity.ERROR, Severity.WARNING

BESIDE = {
    Rule.REFUSED_NAME: Wording(
        ERROR,
        "nobody can log in as {} at the web interface of SOCA {}: it lets in names of at most 32 of"
        " A-Z a-z 0-9 _ . -, a letter or digit first",
        "rename it on live: uid, private group, memberUid, sudoUser, sudo role and home",
    ),
    Rule.CAPITAL_NAME: Wording(
        ERROR,
        "nobody can log in as {} at the web interface of SOCA {}: it asks the host for the name in"
        " lower case, and the host tells capitals apart",
        "rename it on live: uid, private group, memberUid, sudoUser, sudo role and home",
    ),
    Rule.UNKNOWN_TO_HOST: Wording(
        ERROR,
        "with the uidNumber and gidNumber {}, nobody can log in at the web interface of SOCA {}:"
        " sssd knows only numbers from 1 to 4294967295",
        "give it other numbers on live, and chown its files",
    ),
    Rule.PERSON_WITHOUT_ACCOUNT: Wording(
        ERROR,
        "SOCA {} takes every person for a user, and this one lacks {}: nobody could be listed or"
        " created there",
        "move it to a unit of its own on live, outside the people's, or remove it",
    ),
    Rule.ADMINISTRATOR_GAINED: Wording(
        ERROR,
        "is no administrator at SOCA {}, and would be one at SOCA {}: {}",
        "if it must not be one, take it out of that role's sudoUser on live (%group gives sudo"
        " alone); if it shall be one, accept this finding for it",
    ),
    Rule.NO_ADMINISTRATOR: Wording(
        ERROR,
        "administrators move from SOCA {}, and none of them would be one at SOCA {}",
        "on live, let exactly one role below the Sudoers unit have an administrator's name as"
        " sudoUser",
    ),
    Rule.ADMINISTRATOR_LOST: Wording(
        WARNING,
        "is an administrator at SOCA {}, and would be none at SOCA {}: {}",
        "if it shall stay one, let exactly one role below the Sudoers unit have its name as"
        " sudoUser on live",
    ),
    Rule.UNLISTED_USER: Wording(
        WARNING,
        "{}, so that SOCA {} neither lists nor manages it{}",
        "make it an inetOrgPerson below the people's unit on live: delete it and add it again",
    ),
    Rule.UNLISTED_GROUP: Wording(
        WARNING,
        "{}, so that SOCA {} neither lists nor manages it{}",
        "make it a posixGroup below the groups' unit on live, if SOCA shall manage it",
    ),
    Rule.FOREIGN_ROOT: Wording(
        WARNING,
        "stands alone outside {}, as the root that the package of slapd made: it does not move",
        "nothing needs to be done: no tool can remove it",
    ),
}
