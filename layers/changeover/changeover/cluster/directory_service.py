"""The directory service of future releases: provider, base DN and additional LDAP schema."""

from pydantic import ConfigDict, Field, field_validator

from changeover.ldap.schema import own_definitions
from changeover.soca.directory_provider import Provider
from changeover.types import BaseDn, Value


class DirectoryService(Value):
    """The directory that holds the users of future releases."""

    # People write `schema`. Stored plans use the field's own name.
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    provider: Provider = Field(
        Provider.OPENLDAP, description="where users come from, as SOCA's configuration calls it"
    )
    base_dn: BaseDn = Field("", description="default: the base DN that SOCA's installer chooses")
    schema_definitions: tuple[str, ...] = Field(
        (),
        alias="schema",
        description="schema definitions that your releases' slapd loads in addition to SOCA's, one"
        " per string",
    )

    @field_validator("schema_definitions")
    @classmethod
    def _sound(cls, definitions: tuple[str, ...]) -> tuple[str, ...]:
        own_definitions(_by_place(definitions))
        return definitions

    @property
    def own_schema(self) -> dict[str, str]:
        """The definitions' text by its place in the configuration, for error messages."""
        return _by_place(self.schema_definitions)


def _by_place(definitions: tuple[str, ...]) -> dict[str, str]:
    """Join the definitions into one text, because later ones may refer to earlier ones."""
    return {"directory.schema": "\n".join(definitions)} if definitions else {}
