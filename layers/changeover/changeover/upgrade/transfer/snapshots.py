"""A snapshot: all identities of one release at one moment, taken on its host, proved complete."""

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
    """What the export document says; bytes and sha256 are those of the LDIF before compression.

    At most `pages.MOST_BYTES`: a host that was taken over may say anything.
    """

    entries: NonNegativeInt
    bytes: Annotated[int, Field(ge=0, le=pages.MOST_BYTES)]
    sha256: Digest


class Snapshot(Exported):
    """Manifest of one snapshot in the evidence bucket."""

    key: str
    release: str


def key(release: str, run: str, label: str) -> str:
    """Below `releases/<release>/`, all that a release's host may read and write in the bucket."""
    return f"releases/{release}/{run}/{label}.ldif.gz"


@dataclass(frozen=True, slots=True)
class Copy:
    """A snapshot that was read: its text, still gzipped, and its entries."""

    text: bytes
    directory: Directory


def take(release: Release, run: str, label: str, services: Services) -> Snapshot:
    """Export a release's whole directory; `label` says which of the run's snapshots it is."""
    return run_export("export_identities", release, run, label, services)[0]


def freeze(release: Release, run: str, label: str, services: Services) -> Snapshot:
    """The same of a directory that is made read-only. Never after the run has thawed it."""
    return run_export("freeze_directory", release, run, label, services, Run=run)[0]


def run_export(
    document: str, release: Release, run: str, label: str, services: Services, **parameters: str
) -> tuple[Snapshot, dict[str, Any]]:
    """Run a document that ends in an export of the directory as it leaves it; what else it says."""
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
    """The snapshot's entries. Raises Unhealthy unless it is byte for byte what the host sent.

    Given an `earlier` copy from the same host, what has not changed since is not parsed again.
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
            f"{snapshot.key} is not what {snapshot.release}'s host exported: {entries} entries and"
            f" {proof.size} bytes arrived, {snapshot.entries} and {snapshot.bytes} were sent"
        )
    return Copy(text, directory)


def load(snapshot: Snapshot, evidence: Evidence) -> Directory:
    return read(snapshot, evidence).directory


def load_known(key: str, sha256: Digest | None, evidence: Evidence) -> Directory:
    """A directory whose sha256 was kept elsewhere. Raises Unhealthy unless it is still that."""
    proof = _Proof(evidence.read(key), pages.MOST_BYTES)
    with _telling(key):
        directory = directories.read_directory(proof)
    if proof.sha256.hexdigest() != sha256:
        raise Unhealthy(f"{key} is not what was stored there")
    return directory


def store(text: bytes, place: str, evidence: Evidence) -> Digest:
    """Write LDIF of ours where the release's host can fetch it; its sha256 before compression."""
    evidence.write(place, gzip.compress(text, compresslevel=1, mtime=0))
    return hashlib.sha256(text).hexdigest()


def parcel(text: bytes, place: str, evidence: Evidence) -> dict[str, str]:
    """Store LDIF; answers the parameters by which a document fetches it, and no more than it."""
    sha256 = store(text, place, evidence)
    return {"Source": place, "Sha256": sha256, "Bytes": str(len(text))}


def differences(found: Directory, wanted: Directory) -> str:
    """In words, by name only, how two directories differ; empty when they do not."""
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
    """The first few of them, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


@contextmanager
def _telling(key: str) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise Unhealthy(f"{key} cannot be read: {error}") from error


class _Proof:
    """Counts and hashes what somebody else reads of a gzipped text, up to so many bytes."""

    def __init__(self, text: bytes, most: int) -> None:
        self.size = 0
        self._most = most
        self.sha256 = hashlib.sha256()
        self._stream = gzip.GzipFile(fileobj=io.BytesIO(text))

    @property
    def found(self) -> tuple[int, str]:
        return self.size, self.sha256.hexdigest()

    def read(self, size: int) -> bytes:
        """Raises ValueError when there is more: a few megabytes can unpack to gigabytes."""
        part = self._stream.read(min(size, self._most - self.size + 1))
        self.size += len(part)
        if self.size > self._most:
            raise ValueError(f"it holds more than the {self._most} bytes that were announced")
        self.sha256.update(part)
        return part
