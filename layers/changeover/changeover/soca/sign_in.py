"""By which rules a SOCA release's web interface judges directory entries, as data.

Source: awslabs/scale-out-computing-on-aws, cited TAG:path:line; `api` stands for its folder
`source/soca/cluster_web_ui/api/v1/ldap` (to 2.7) or `source/soca/cluster_manager/web_interface/`
`api/v1/ldap`. A test compares all of it with that code, where a copy is at hand.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

_HIGHEST_ID = 2**32 - 1  # of an unsigned number with 32 bits, which sssd reads


class AdministratorRule(StrEnum):
    """Where a release looks for a user's name to know an administrator of its web interface."""

    ROLE_NAME = "cn"
    """At least one entry of that cn below the Sudoers unit, whatever else it is."""
    SUDO_USER = "sudoUser"
    """Exactly one sudoRole below the Sudoers unit with that sudoUser, capitals counted."""


class Refusal(StrEnum):
    """Why a release's web interface lets nobody in by a name."""

    NAME = "name"
    CAPITALS = "capitals"
    NUMBER = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebInterface:
    """Who may log in, is listed, counts and administers.

    `user_class` and `group_class` are the object classes of users and groups, in lower case. Where
    they are empty, it lists whatever has a uid or a cn in their unit, and counts the numbers of
    accounts anywhere. Where they are not, only what stands in their unit counts, and user
    management fails for everybody if a user lacks one of `needed` (canonical names). `names` is
    the pattern of names that may log in, empty for any. Where `asks_host`, the host must know the
    name in lower case, as sssd reads it from the directory.
    """

    administrators: AdministratorRule
    user_class: str = ""
    group_class: str = ""
    needed: tuple[str, ...] = ()
    names: str = ""
    asks_host: bool = False

    def refuses(self, name: str, *numbers: int) -> Refusal | None:
        """Why nobody can log in by a uid, whose entry has that uidNumber and gidNumber."""
        if self.names and not re.match(self.names, name):
            return Refusal.NAME
        if self.asks_host and name != name.lower():
            return Refusal.CAPITALS
        # sssd knows nobody outside: its `min_id` is 1.
        if self.asks_host and not all(1 <= number <= _HIGHEST_ID for number in numbers):
            return Refusal.NUMBER
        return None


# 2.6.1:api/authenticate.py:56-59, users.py:30-38, groups.py:32-40, sudo.py:48-53, ids.py:31-47;
# 2.7.5 the same in api/openldap, but for ids.py, which finds no number in use.
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
