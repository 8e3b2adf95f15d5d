"""Scheduler hosts in memory, which answer as the shipped documents do."""

import base64
import gzip
import hashlib
import io
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zlib import crc32

from changeover.errors import Conflict, Unhealthy
from changeover.identities import directories
from changeover.ldap import dn, ldif
from changeover.ldap.entry import Entry
from changeover.soca.dialect import SOCA_2_6, Dialect
from tests.support.directory import Directory, ServerRefused, apply_changes, opens, user_dn
from tests.support.fakes import Clock, FakeEvidence, FakeHosts

PROBE_ACCOUNT, PROBE_PASSWORD = "changeoverprobe", "Probe#2026"
UNITS = ("crond", "pbs", "slapd", "sssd")
# What a host can be asked that runs no directory itself.
WITHOUT_SLAPD = ("locate_directory", "probe_release", "read_marker")


@dataclass
class Host:
    """`lacks` names what does not work on it: ping, login, hashes, scheduler, or a unit.

    `site` is the id of a directory that others run for it; when empty, it runs its own.
    """

    instance: str
    release: str
    directory: Directory
    marker: str = ""
    frozen: bool = False
    frozen_at: datetime | None = None
    thawed_by: str = ""
    lacks: set[str] = field(default_factory=set)
    loses_on_import: str = ""
    queues: tuple[str, ...] = ("high", "normal")
    dialect: Dialect = SOCA_2_6
    site: str = ""

    @property
    def cluster_id(self) -> str:
        return self.dialect.cluster_id(self.release)

    def dn(self, user: str) -> str:
        return user_dn(user, self.dialect)

    def units(self) -> dict[str, str]:
        units = {unit: "failed" if unit in self.lacks else "active" for unit in UNITS}
        return units | {"slapd": "inactive"} if self.site else units

    def change(self, changes: bytes) -> int:
        if self.frozen:
            raise ServerRefused("Server is unwilling to perform (53): read-only")
        return apply_changes(changes, self.directory)

    def logs_in(self, user: str, password: str) -> bool:
        person = self.directory.get(dn.normal(self.dn(user)))
        return "login" not in self.lacks and opens(person, password)

    def text(self) -> bytes:
        """As slapcat writes it: parents first, with what the server adds by itself."""
        entries = sorted(self.directory.values(), key=lambda each: dn.depth(dn.normal(each.dn)))
        return b"".join(ldif.write(self._record(each) for each in entries))

    def _record(self, each: Entry) -> ldif.Record:
        hidden = "userpassword" if "hashes" in self.lacks else ""
        own = [
            (name, value)
            for name, values in each.attributes.items()
            for value in sorted(values)
            if name != hidden
        ]
        return ldif.Record(each.dn, [*own, ("entryCSN", _stamp(f"{self.instance} {each.dn}"))])


@dataclass
class WorldHosts(FakeHosts):
    """What is up, by instance; `dead` hosts are there and answer nothing any more."""

    evidence: FakeEvidence = field(default_factory=FakeEvidence)
    clock: Clock = field(default_factory=Clock)
    up: dict[str, Host] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)

    def start(self, host: Host) -> None:
        self.up[host.instance] = host
        self.schedulers[host.cluster_id] = [host.instance]

    def stop(self, release: str) -> None:
        for host in [host for host in self.up.values() if host.release == release]:
            del self.up[host.instance]
            del self.schedulers[host.cluster_id]

    def of(self, release: str) -> Host:
        (host,) = (host for host in self.up.values() if host.release == release)
        return host

    def applies_instead(self, changes: int) -> None:
        """Says that it has made so many changes, and makes none."""

        def applied(host: Host, **given: str) -> dict[str, Any]:
            return {"changes": changes, **self._copy(host, **given)}

        setattr(self, "_apply_delta", applied)  # noqa: B010 - mypy allows no assignment to a method

    def run(self, instance: str, document: str, **parameters: str) -> dict[str, Any]:
        if self.marks.get(instance) != "hpc":
            raise Conflict(f"not allowed to call SendCommand on {instance}: it bears no such tag")
        self.calls.append((instance, document, parameters))
        if instance not in self.up or instance in self.dead:
            raise Unhealthy(f"{document} on {instance} did not end within 600 s and was canceled")
        if self.up[instance].site and document not in WITHOUT_SLAPD:
            raise Unhealthy(f"{document} on {instance} failed: no slapd runs on this host")
        answer = getattr(self, f"_{document}")
        try:
            answered: dict[str, Any] = answer(self.up[instance], **parameters)
        except ServerRefused as refusal:
            raise Unhealthy(f"{document} on {instance} failed: {refusal}") from refusal
        return answered

    def _export_identities(self, host: Host, **given: str) -> dict[str, Any]:
        return {"read_only": host.frozen, **self._copy(host, **given)}

    def _copy(self, host: Host, **given: str) -> dict[str, Any]:
        assert given["BaseDn"] == host.dialect.base_dn
        text = host.text()
        self.evidence.write(self._key(host, given["Destination"]), gzip.compress(text, 1))
        sha256 = hashlib.sha256(text).hexdigest()
        return {"entries": len(host.directory), "bytes": len(text), "sha256": sha256}

    def _import_identities(self, host: Host, **given: str) -> dict[str, Any]:
        text = self._fetch(host, **given)
        host.directory = directories.read_directory(io.BytesIO(text))
        if host.loses_on_import:
            del host.directory[dn.normal(host.dn(host.loses_on_import))]
        return self._copy(host, **given)

    def _apply_delta(self, host: Host, **given: str) -> dict[str, Any]:
        assert given["RootDn"] == host.dialect.root_dn
        assert ("PasswordFile" in given) == bool(host.dialect.password_file)
        changes = host.change(self._fetch(host, **given))
        return {"changes": changes, **self._copy(host, **given)}

    def _freeze_directory(self, host: Host, **given: str) -> dict[str, Any]:
        if given["Run"] == host.thawed_by:
            raise ServerRefused(f"{host.thawed_by} has thawed this directory")
        if not host.frozen:
            host.frozen, host.frozen_at = True, self.clock.now()
        return {"read_only": True, **self._copy(host, **given)}

    def _thaw_directory(self, host: Host, **given: str) -> dict[str, Any]:
        assert given["BaseDn"] == host.dialect.base_dn
        host.thawed_by = given["Run"]
        seconds = None
        if host.frozen and host.frozen_at:
            seconds = int((self.clock.now() - host.frozen_at).total_seconds())
        host.frozen = False
        return {"read_only": False, "read_only_seconds": seconds}

    def _read_marker(self, host: Host) -> dict[str, Any]:
        return {"marker": base64.b64encode(host.marker.encode()).decode()}

    def _probe_release(self, host: Host, **account: str) -> dict[str, Any]:
        assert account == {"SecretId": "changeover/hpc/probe", "BaseDn": host.dialect.base_dn}
        works = host.logs_in(PROBE_ACCOUNT, PROBE_PASSWORD)
        directory = [] if host.site else host.directory.values()
        return {
            "ping": "" if "ping" in host.lacks else "Alive",
            "login": works,
            "wrong_password_refused": not host.logs_in(PROBE_ACCOUNT, f"not-{PROBE_PASSWORD}"),
            "bind": works and not host.site,
            "scheduler": "" if "scheduler" in host.lacks else "Active",
            "queues": list(host.queues),
            "users": sum(each.is_a("posixAccount") for each in directory),
            "groups": sum(each.is_a("posixGroup") for each in directory),
            "sudo_roles": sum(each.is_a("sudoRole") for each in directory),
            "services": host.units(),
        }

    def _locate_directory(self, host: Host) -> dict[str, Any]:
        return {"uri": "ldaps://ldap.site", "base": host.dialect.base_dn, "root": host.site}

    def _key(self, host: Host, key: str) -> str:
        """A host may read and write in its own release's folder only."""
        if not key.startswith(f"releases/{host.release}/"):
            raise Unhealthy(f"{host.release}'s host may not touch {key}: AccessDenied")
        return key

    def _fetch(self, host: Host, **given: str) -> bytes:
        source = given["Source"]
        text = gzip.decompress(self.evidence.read(self._key(host, source)))
        meant = (given["Sha256"], given["Bytes"])
        if (hashlib.sha256(text).hexdigest(), str(len(text))) != meant:
            raise ServerRefused(f"{source} has another sha256 than expected")
        return text


def _stamp(text: str) -> bytes:
    """A change sequence number that differs from host to host."""
    return f"20260101000000.000000Z#{crc32(text.encode()) % 0x1000000:06x}#000#000000".encode()
