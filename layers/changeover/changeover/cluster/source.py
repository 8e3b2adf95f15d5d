"""The archives that a release is built from, and their sha256 digests."""

from pydantic import AliasChoices, Field, field_validator, model_validator

from changeover.soca.dialect import dialect_of
from changeover.types import Digest, Pin, Value


class Archive(Value):
    """One archive in the evidence bucket. `pinned`: the configuration names its sha256."""

    key: str
    sha256: Digest
    pinned: bool


class Source(Value):
    """The archives that a release is built from, as keys in the evidence bucket."""

    vendor_release: str = Field(
        "2.6.1", pattern=r"^[0-9A-Za-z.-]{1,40}$", description="SOCA release to build"
    )
    vendor_sha256: Pin = Field("", description="sha256 of SOCA's archive; another one is refused")
    customizations: str = Field(
        "",
        validation_alias=AliasChoices("customizations", "customisations"),
        pattern=r"^[0-9A-Za-z._-]{0,60}$",
        description="name of the site's archive, without .tar.gz",
    )
    customizations_sha256: Pin = Field(
        "",
        validation_alias=AliasChoices("customizations_sha256", "customisations_sha256"),
        description="sha256 of the site's archive; another one is refused",
    )
    template: str = Field(
        "install-with-existing-resources.template",
        pattern=r"^[0-9A-Za-z._-]{1,80}$",
        description="template of the release that is deployed",
    )

    @field_validator("vendor_release")
    @classmethod
    def _known(cls, version: str) -> str:
        dialect_of(version)
        return version

    @model_validator(mode="after")
    def _pins_what_is_named(self) -> "Source":
        if self.customizations_sha256 and not self.customizations:
            raise ValueError("customizations_sha256 without customizations: set customizations too")
        return self

    @property
    def vendor_archive(self) -> str:
        return f"vendor/{self.vendor_release}.tar.gz"

    @property
    def customizations_archive(self) -> str:
        """Key of the site's archive. Empty if the site has no customizations."""
        return f"customizations/{self.customizations}.tar.gz" if self.customizations else ""

    @property
    def pins(self) -> dict[str, str]:
        """Each archive's key and the sha256 that it must have. An empty sha256 accepts any."""
        pins = {
            self.vendor_archive: self.vendor_sha256,
            self.customizations_archive: self.customizations_sha256,
        }
        return {key: pin for key, pin in pins.items() if key}
