"""What a build is asked to make, and what it answers, as JSON in the evidence bucket."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from changeover.build.report import Item, as_json, from_json
from changeover.build.settings import BuildSettings


@dataclass(frozen=True, slots=True)
class Request:
    """One build.

    `release` names the vendor's release, `customizations` the site's archive or nothing. `sha256`
    has the digests of archives by key: an archive with another digest is not built. `others` are
    keys of further releases, which tell whether the site's base is right. The result is installed
    from `folder` in `bucket`.
    """

    release: str
    customizations: str
    sha256: Mapping[str, str]
    others: tuple[str, ...]
    bucket: str
    folder: str
    settings: BuildSettings

    @property
    def vendor_key(self) -> str:
        return vendor_key(self.release)

    @property
    def site_key(self) -> str:
        """The key of the site's archive, or an empty string."""
        return f"customizations/{self.customizations}.tar.gz" if self.customizations else ""


def vendor_key(release: str) -> str:
    """Return the key of a vendor's release in the evidence bucket."""
    return f"vendor/{release}.tar.gz"


@dataclass(frozen=True, slots=True)
class UsedArchive:
    """An archive that the release was made of. `pinned`: somebody gave its sha256."""

    key: str
    sha256: str
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What was built. `files` has the sha256 of each object; `failure` says why there is none."""

    items: tuple[Item, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    archives: tuple[UsedArchive, ...] = ()
    failure: str = ""


def request_to_json(request: Request) -> str:
    value = asdict(request)
    value["settings"]["repairs_off"] = sorted(request.settings.repairs_off)
    return json.dumps(value, indent=1, sort_keys=True)


def request_from_json(text: str) -> Request:
    """Read a request. Raises ValueError or TypeError if it is none."""
    value = json.loads(text)
    settings = value.pop("settings")
    off = frozenset(settings.pop("repairs_off"))
    return Request(
        **value | {"others": tuple(value["others"])},
        settings=BuildSettings(**settings, repairs_off=off),
    )


def answer_to_json(answer: Answer) -> str:
    value: dict[str, Any] = asdict(answer)
    value["items"] = as_json(answer.items)
    return json.dumps(value, indent=1, sort_keys=True)


def answer_from_json(text: str) -> Answer:
    """Read an answer. Raises ValueError, TypeError or KeyError if it is none."""
    value = json.loads(text)
    archives = tuple(UsedArchive(**each) for each in value["archives"])
    return Answer(from_json(value["items"]), value["files"], archives, value["failure"])
