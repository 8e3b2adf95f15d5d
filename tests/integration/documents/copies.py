"""The copy of a directory that a document leaves in the bucket, and what it says of it."""

import hashlib
from typing import Any

from rehearsal.host.folder import HostFolder
from tests.integration.scheduler_hosts import KEY, Aws, export


def copied_to(key: str = "copy.ldif.gz") -> dict[str, str]:
    """The parameters of a document that say where the copy goes."""
    return {"Destination": f"s3://evidence/{key}", "KmsKeyArn": KEY}


def figures(ldif: bytes) -> dict[str, Any]:
    entries = (b"\n" + ldif).count(b"\ndn:")
    return {"entries": entries, "bytes": len(ldif), "sha256": hashlib.sha256(ldif).hexdigest()}


def assert_copied(host: HostFolder, aws: Aws, key: str = "copy.ldif.gz") -> dict[str, Any]:
    """The copy is the host's directory as it is now; answers what a document must say of it."""
    ldif = export(host)
    assert aws.get(key) == ldif
    return figures(ldif)
