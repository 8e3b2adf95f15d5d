"""Which directory the users of the releases to come are in, and what its schema knows."""

from pydantic import ConfigDict, Field, field_validator

from changeover.ldap.schema import own_definitions
from changeover.soca.directory_provider import Provider
from changeover.types import BaseDn, Value


class DirectoryService(Value):
    """Where the users of the releases to come live."""

    # A person writes `schema`; a plan is stored by the fields' own names.
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    provider: Provider = Field(
        Provider.OPENLDAP, description="where users come from, as SOCA's configuration calls it"
    )
    base_dn: BaseDn = Field("", description="default: what SOCA's installer makes of it")
    schema_definitions: tuple[str, ...] = Field(
        (),
        alias="schema",
        description="definitions that your releases' slapd loads besides SOCA's, one a string",
    )

    @field_validator("schema_definitions")
    @classmethod
    def _sound(cls, definitions: tuple[str, ...]) -> tuple[str, ...]:
        own_definitions(_by_place(definitions))
        return definitions

    @property
    def own_schema(self) -> dict[str, str]:
        """The definitions by where they stand."""
        return _by_place(self.schema_definitions)


def _by_place(definitions: tuple[str, ...]) -> dict[str, str]:
    """All of them are one text: the later ones may build on the earlier ones."""
    return {"directory.schema": "\n".join(definitions)} if definitions else {}
