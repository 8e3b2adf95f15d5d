"""What each rule says: how bad it is, the reason, and the remedy."""

from changeover.identities.findings import Rule, Severity, Wording
from changeover.identities.rules.catalog_passwords import LOGINS
from changeover.identities.rules.catalog_schema import SCHEMA
from changeover.identities.rules.catalog_target import BESIDE

ERROR, WARNING = Severity.ERROR, Severity.WARNING


_BY_RULE = {
    Rule.NO_USER: Wording(
        ERROR,
        "the directory has no user at all",
        "export the whole directory: slapcat, as root on the scheduler",
    ),
    Rule.NO_NUMBER: Wording(ERROR, "its {} is {}, which is no number", "correct it on live"),
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
WORDING = _BY_RULE | LOGINS | SCHEMA | BESIDE
"""Each rule's."""
