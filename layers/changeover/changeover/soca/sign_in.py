"""The rules by which a SOCA release's web interface reads directory entries, as data.

Source: awslabs/scale-out-computing-on-aws, cited as TAG:path:line. `api` is short for the folder
`source/soca/cluster_web_ui/api/v1/ldap` (up to 2.7) or `source/soca/cluster_manager/web_interface/`
`api/v1/ldap`. A test compares these rules with SOCA's code if a copy is available.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

_HIGHEST_ID = 2**32 - 1  # sssd reads an unsigned 32-bit number


class AdministratorRule(StrEnum):
    """The attribute that makes a user an administrator of the web interface."""

    ROLE_NAME = "cn"
    """At least one entry below the Sudoers OU, of any object class, has the user's name as cn."""
    SUDO_USER = "sudoUser"
    """Exactly one sudoRole below the Sudoers OU has the user's name as sudoUser, case-sensitive."""


class Refusal(StrEnum):
    """The reason why a release's web interface refuses every login by a name."""

    NAME = "name"
    CAPITALS = "capitals"
    NUMBER = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebInterface:
    """How a web interface finds users, groups and administrators, and accepts logins.

    `user_class` and `group_class` are the object classes of users and groups, in lower case. If
    they are empty, the web interface lists every entry with a uid or cn in the OU. It then avoids
    the uidNumbers of accounts anywhere in the directory. If they are set, it reads only the OU.
    User management then fails for everybody if one user lacks an attribute in `needed` (canonical
    names). `names` is the pattern of names that may log in; empty allows any. With `asks_host`,
    the host must know the name in lower case, as sssd reads it from the directory.
    """

    administrators: AdministratorRule
    user_class: str = ""
    group_class: str = ""
    needed: tuple[str, ...] = ()
    names: str = ""
    asks_host: bool = False

    def refuses(self, name: str, *numbers: int) -> Refusal | None:
        """Return why nobody can log in as this uid, or None if login is possible.

        `numbers` are the uidNumber and gidNumber of the entry.
        """
        if self.names and not re.match(self.names, name):
            return Refusal.NAME
        if self.asks_host and name != name.lower():
            return Refusal.CAPITALS
        # sssd ignores accounts outside this range: its `min_id` is 1.
        if self.asks_host and not all(1 <= number <= _HIGHEST_ID for number in numbers):
            return Refusal.NUMBER
        return None


# 2.6.1:api/authenticate.py:56-59, users.py:30-38, groups.py:32-40, sudo.py:48-53, ids.py:31-47;
# 2.7.5 the same in api/openldap, except ids.py, which finds no number in use.
WEB_2_6 = WebInterface(administrators=AdministratorRule.ROLE_NAME)

# 24.10.0:api/users.py:46-67, ids.py:46-94, groups.py:47-66, sudo.py:65-83; the same up to 26.4.0.
WEB_24_10 = WebInterface(
    administrators=AdministratorRule.SUDO_USER,
    user_class="person",
    group_class="posixgroup",
    needed=("uid", "uidnumber"),
)

# 25.8.0:api/authenticate.py:156-198, config.py:48 (names); the same up to 26.4.0.
WEB_25_8 = replace(WEB_24_10, names="^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,31}$", asks_host=True)
