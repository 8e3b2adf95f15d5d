"""A snapshot: all identities of one release at one moment, taken on its host, proved complete."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator

from pydantic import NonNegativeInt, ValidationError

from changeover.errors import Unhealthy
from changeover.identities import identity
from changeover.ports import Evidence, Hosts
from changeover.release import Release
from changeover.values import Digest, Value

_SHOWN = 5


class Exported(Value):
    """What the export document says; bytes and sha256 are those of the LDIF before compression."""

    entries: NonNegativeInt
    bytes: NonNegativeInt
    sha256: Digest


class Snapshot(Exported):
    """Manifest of one snapshot in the evidence bucket."""

    key: str
    release: str


def key(release: str, run: str, label: str) -> str:
    """Below `releases/<release>/`, all that a release's host may read and write in the bucket."""
    return f"releases/{release}/{run}/{label}.ldif.gz"


def take(release: Release, run: str, label: str, hosts: Hosts, evidence: Evidence) -> Snapshot:
    """Export a release's whole directory; `label` says which of the run's snapshots it is."""
    place = key(release.name, run, label)
    answer = hosts.run(
        release.instance,
        "export_identities",
        Destination=evidence.location(place),
        KmsKeyArn=evidence.key_arn,
    )
    try:
        exported = Exported.model_validate(answer)
    except ValidationError as error:
        raise Unhealthy(f"{release.name}: the export answered {answer!r}") from error
    return Snapshot(key=place, release=release.name, **exported.model_dump())


def load(snapshot: Snapshot, evidence: Evidence) -> dict[str, identity.Entry]:
    """The snapshot's directory. Raises Unhealthy unless it is byte for byte what the host sent."""
    proof = _Proof()
    directory = _read(snapshot.key, evidence, proof)
    found = (proof.size, proof.sha256.hexdigest(), len(directory))
    if found != (snapshot.bytes, snapshot.sha256, snapshot.entries):
        raise Unhealthy(
            f"{snapshot.key} is not what {snapshot.release}'s host exported: {found[2]} entries and"
            f" {found[0]} bytes arrived, {snapshot.entries} and {snapshot.bytes} were sent"
        )
    return directory


def load_known(key: str, sha256: Digest | None, evidence: Evidence) -> dict[str, identity.Entry]:
    """A directory whose sha256 was kept elsewhere. Raises Unhealthy unless it is still that."""
    proof = _Proof()
    directory = _read(key, evidence, proof)
    if proof.sha256.hexdigest() != sha256:
        raise Unhealthy(f"{key} is not what was stored there")
    return directory


def prove_complete(directory: identity.Directory, release: str) -> identity.Counts:
    """Raises Unhealthy when someone in the directory could not log in after a move."""
    counts = identity.count(directory)
    if not counts.users:
        raise Unhealthy(f"{release}'s export holds no user at all")
    if missing := identity.without_password_hash(directory):
        raise Unhealthy(
            f"{release}'s export lacks the password hash of {len(missing)} of {counts.users} users"
            f" ({_some(missing)}): the export could not read userPassword, or they have none. Run"
            " slapcat as root on the scheduler to see which"
        )
    return counts


def store(text: bytes, place: str, evidence: Evidence) -> Digest:
    """Write LDIF of ours where the release's host can fetch it; its sha256 before compression."""
    evidence.write(place, gzip.compress(text, compresslevel=1, mtime=0))
    return hashlib.sha256(text).hexdigest()


def differences(found: identity.Directory, wanted: identity.Directory) -> str:
    """In words, by name only, how two directories differ; empty when they do not."""
    named = {
        "missing": sorted(wanted[name].dn for name in wanted.keys() - found.keys()),
        "not expected": sorted(found[name].dn for name in found.keys() - wanted.keys()),
        "different": sorted(
            wanted[name].dn
            for name in wanted.keys() & found.keys()
            if found[name].attributes != wanted[name].attributes
        ),
    }
    return "; ".join(
        f"{len(names)} {what}: {_some(names)}" for what, names in named.items() if names
    )


def _some(names: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _read(key: str, evidence: Evidence, proof: "_Proof") -> dict[str, identity.Entry]:
    with gzip.open(io.BytesIO(evidence.read(key))) as stream:
        try:
            return identity.read_directory(proof.watch(stream))
        except (OSError, EOFError, ValueError, zlib.error) as error:
            raise Unhealthy(f"{key} cannot be read: {error}") from error


class _Proof:
    """Counts and hashes a stream while somebody else reads it."""

    def __init__(self) -> None:
        self.size = 0
        self.sha256 = hashlib.sha256()

    def watch(self, lines: Iterator[bytes] | gzip.GzipFile) -> Iterator[bytes]:
        for line in lines:
            self.size += len(line)
            self.sha256.update(line)
            yield line
