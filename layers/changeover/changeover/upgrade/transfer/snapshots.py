"""Snapshots: a release's whole directory as gzipped LDIF in S3, exported by its host, verified."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, NonNegativeInt, ValidationError

from changeover.cluster.release import Release
from changeover.errors import Unhealthy
from changeover.identities import directories, export_diff
from changeover.identities.directories import Directory
from changeover.ldap import pages
from changeover.ports.services import Evidence, Services
from changeover.types import Digest, Value

_SHOWN = 5


class Exported(Value):
    """What the export document reports: entries, and bytes and sha256 of the LDIF before gzip.

    `bytes` is limited to `pages.MOST_BYTES`, because a compromised host may report anything.
    """

    entries: NonNegativeInt
    bytes: Annotated[int, Field(ge=0, le=pages.MOST_BYTES)]
    sha256: Digest


class Snapshot(Exported):
    """Manifest of one snapshot in the evidence bucket; `key` is its S3 key."""

    key: str
    release: str


def key(release: str, run: str, label: str) -> str:
    """Return a snapshot's S3 key.

    It begins with `releases/<release>/`: a release's host may read and write only there.
    """
    return f"releases/{release}/{run}/{label}.ldif.gz"


@dataclass(frozen=True, slots=True)
class Copy:
    """A snapshot that was read: its gzipped LDIF, and its entries by normalized DN."""

    text: bytes
    directory: Directory


def take(release: Release, run: str, label: str, services: Services) -> Snapshot:
    """Export a release's whole directory; `label` names the snapshot within the run."""
    return run_export("export_identities", release, run, label, services)[0]


def freeze(release: Release, run: str, label: str, services: Services) -> Snapshot:
    """Make a release's directory read-only, then export it. Fails after the run has thawed it."""
    return run_export("freeze_directory", release, run, label, services, Run=run)[0]


def run_export(
    document: str, release: Release, run: str, label: str, services: Services, **parameters: str
) -> tuple[Snapshot, dict[str, Any]]:
    """Run an SSM document that ends with an export of the directory.

    Returns the snapshot, and the other fields of the document's answer. Raises Unhealthy if the
    answer is not as expected.
    """
    place = key(release.name, run, label)
    answer = services.hosts.run(
        release.instance,
        document,
        **parameters,
        Destination=place,
        BaseDn=release.dialect.base_dn,
        ConfigurationDirectory=release.dialect.configuration_directory,
    )
    told = {name: answer.pop(name, None) for name in Exported.model_fields}
    try:
        exported = Exported.model_validate(told)
    except ValidationError as error:
        raise Unhealthy(f"{release.name}: {document} answered {told | answer!r}") from error
    return Snapshot(key=place, release=release.name, **exported.model_dump()), answer


def read(snapshot: Snapshot, evidence: Evidence, earlier: Copy | None = None) -> Copy:
    """Read a snapshot. Raises Unhealthy unless it is byte for byte what the host exported.

    With an `earlier` copy from the same host, only changed entries are parsed.
    """
    text = evidence.read(snapshot.key)
    proof = _Proof(text, snapshot.bytes)
    with _telling(snapshot.key):
        if earlier:
            compared = export_diff.compare(gzip.GzipFile(fileobj=io.BytesIO(earlier.text)), proof)
            directory, entries = compared.onward(earlier.directory), compared.new_size
        else:
            directory = directories.read_directory(proof)
            entries = len(directory)
    if (entries, *proof.found) != (snapshot.entries, snapshot.bytes, snapshot.sha256):
        raise Unhealthy(
            f"{snapshot.key} is not what {snapshot.release}'s host exported: it has {entries}"
            f" entries and {proof.size} bytes, but the host sent {snapshot.entries} entries and"
            f" {snapshot.bytes} bytes"
        )
    return Copy(text, directory)


def load(snapshot: Snapshot, evidence: Evidence) -> Directory:
    """Return a snapshot's entries. Raises Unhealthy as `read` does."""
    return read(snapshot, evidence).directory


def load_known(key: str, sha256: Digest | None, evidence: Evidence) -> Directory:
    """Read gzipped LDIF whose sha256 is known. Raises Unhealthy if it has another sha256."""
    proof = _Proof(evidence.read(key), pages.MOST_BYTES)
    with _telling(key):
        directory = directories.read_directory(proof)
    if proof.sha256.hexdigest() != sha256:
        raise Unhealthy(f"{key} is not what was stored there")
    return directory


def store(text: bytes, place: str, evidence: Evidence) -> Digest:
    """Write LDIF as gzip to the S3 key `place`. Returns the sha256 of the LDIF before gzip."""
    evidence.write(place, gzip.compress(text, compresslevel=1, mtime=0))
    return hashlib.sha256(text).hexdigest()


def parcel(text: bytes, place: str, evidence: Evidence) -> dict[str, str]:
    """Store LDIF, and return the parameters by which an SSM document fetches and checks it."""
    sha256 = store(text, place, evidence)
    return {"Source": place, "Sha256": sha256, "Bytes": str(len(text))}


def differences(found: Directory, wanted: Directory) -> str:
    """Return how two directories differ, naming DNs only; empty if they are equal."""
    named = {
        "missing": sorted(wanted[name].dn for name in wanted.keys() - found.keys()),
        "not expected": sorted(found[name].dn for name in found.keys() - wanted.keys()),
        "different": sorted(
            wanted[name].dn
            for name in wanted.keys() & found.keys()
            if not found[name].same(wanted[name])
        ),
    }
    return "; ".join(
        f"{len(names)} {what}: {some(names)}" for what, names in named.items() if names
    )


def some(names: Sequence[str]) -> str:
    """Return the first five names, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


@contextmanager
def _telling(key: str) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise Unhealthy(f"{key} cannot be read: {error}") from error


class _Proof:
    """Stream over a gzipped text that counts and hashes what is read, up to `most` bytes."""

    def __init__(self, text: bytes, most: int) -> None:
        self.size = 0
        self._most = most
        self.sha256 = hashlib.sha256()
        self._stream = gzip.GzipFile(fileobj=io.BytesIO(text))

    @property
    def found(self) -> tuple[int, str]:
        return self.size, self.sha256.hexdigest()

    def read(self, size: int) -> bytes:
        """Raises ValueError beyond `most` bytes: a few megabytes can unpack to gigabytes."""
        part = self._stream.read(min(size, self._most - self.size + 1))
        self.size += len(part)
        if self.size > self._most:
            raise ValueError(f"it holds more than the {self._most} bytes that were expected")
        self.sha256.update(part)
        return part
