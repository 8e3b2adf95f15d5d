"""Where a release's users live, and whether they can move to where the next release's do."""

from enum import StrEnum

from changeover.errors import Refused


class Provider(StrEnum):
    """A kind of directory, as SOCA's own configuration calls it."""

    OPENLDAP = "openldap"
    EXISTING_OPENLDAP = "existing_openldap"
    ACTIVE_DIRECTORY = "activedirectory"
    SIMPLE_AD = "aws_ds_simple_activedirectory"
    MANAGED_AD = "aws_ds_managed_activedirectory"
    EXISTING_AD = "existing_active_directory"

    @property
    def on_host(self) -> bool:
        """A release's scheduler runs it itself, so that it can be copied and counted there."""
        return self is Provider.OPENLDAP


class Move(StrEnum):
    """What becomes of live's identities: carried to the candidate, or shared with it."""

    CARRIED = "carried"
    SHARED = "shared"


# Somebody else runs these for SOCA, and several releases may use one of them.
_EXTERNAL = frozenset({Provider.EXISTING_OPENLDAP, Provider.EXISTING_AD})
_LDAP = frozenset({Provider.OPENLDAP, Provider.EXISTING_OPENLDAP})


def judge_move(source: Provider, target: Provider) -> Move:
    """Raises Refused, with what to do instead, when identities cannot get from one to the other."""
    if source is target is Provider.OPENLDAP:
        return Move.CARRIED
    if source is target and source in _EXTERNAL:
        return Move.SHARED
    raise Refused(f"identities cannot move from {source} to {target}: {_reason(source, target)}")


def _reason(source: Provider, target: Provider) -> str:
    if source not in _LDAP:
        return (
            "Active Directory gives no password hash away. Have both releases use one directory"
            f" by `provider: {Provider.EXISTING_AD}`, or issue new passwords"
        )
    if target not in _LDAP:
        return (
            "Active Directory takes no password hash. Keep `provider: openldap`, have both"
            f" releases use one directory by `provider: {Provider.EXISTING_OPENLDAP}`, or issue"
            " new passwords or log in by single sign-on only"
        )
    return (
        "a directory that others run is neither read out nor filled by an upgrade. Give both"
        f" releases the same provider, {Provider.OPENLDAP} or {Provider.EXISTING_OPENLDAP}"
    )
