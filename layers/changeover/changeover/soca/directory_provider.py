"""The directory provider of a release, and whether identities can move to another provider."""

from enum import StrEnum

from changeover.errors import Refused


class Provider(StrEnum):
    """A directory provider, by its name in SOCA's configuration."""

    OPENLDAP = "openldap"
    EXISTING_OPENLDAP = "existing_openldap"
    ACTIVE_DIRECTORY = "activedirectory"
    SIMPLE_AD = "aws_ds_simple_activedirectory"
    MANAGED_AD = "aws_ds_managed_activedirectory"
    EXISTING_AD = "existing_active_directory"

    @property
    def on_host(self) -> bool:
        """Whether the directory runs on the scheduler host, where it can be copied and counted."""
        return self is Provider.OPENLDAP


class Move(StrEnum):
    """How identities reach the candidate: copied, or in a directory that both releases use."""

    CARRIED = "carried"
    SHARED = "shared"


# Directories that SOCA does not run itself. Several releases may use one of them.
_EXTERNAL = frozenset({Provider.EXISTING_OPENLDAP, Provider.EXISTING_AD})
_LDAP = frozenset({Provider.OPENLDAP, Provider.EXISTING_OPENLDAP})


def judge_move(source: Provider, target: Provider) -> Move:
    """Return how identities move from `source` to `target`.

    Raises Refused if they cannot move. The message says what to do instead.
    """
    if source is target is Provider.OPENLDAP:
        return Move.CARRIED
    if source is target and source in _EXTERNAL:
        return Move.SHARED
    raise Refused(f"identities cannot move from {source} to {target}: {_reason(source, target)}")


def _reason(source: Provider, target: Provider) -> str:
    if source not in _LDAP:
        return (
            "Active Directory does not export password hashes. Let both releases use one directory"
            f" by `provider: {Provider.EXISTING_AD}`, or issue new passwords"
        )
    if target not in _LDAP:
        return (
            "Active Directory does not accept password hashes. Keep `provider: openldap`, let both"
            f" releases use one directory by `provider: {Provider.EXISTING_OPENLDAP}`, issue"
            " new passwords, or log in by single sign-on only"
        )
    return (
        "an upgrade does not read or write a directory that SOCA does not run. Give both"
        f" releases the same provider, {Provider.OPENLDAP} or {Provider.EXISTING_OPENLDAP}"
    )
