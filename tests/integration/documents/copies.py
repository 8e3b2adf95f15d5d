"""The copy of a directory that a document writes to the bucket, and its reported figures."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rehearsal.host.folder import HostFolder
from tests.integration.scheduler_hosts import Aws, export


def copied_to(key: str = "copy.ldif.gz") -> dict[str, str]:
    """Return the parameters that tell a document where to write the copy."""
    return {"Destination": f"releases/{key}"}


@contextmanager
def uploads_refused(host: HostFolder) -> Iterator[None]:
    """Act as a bucket policy that allows the host's downloads and refuses its uploads."""
    aws, own = host.tools / "aws", host.root / "own-aws"
    aws.rename(own)
    denied = "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied"
    refused = f"case $* in *' - s3://'*) echo '{denied}' >&2; exit 1 ;; esac"
    aws.write_text(f'#!/bin/sh\n{refused}\nexec {own} "$@"\n')
    aws.chmod(0o755)
    try:
        yield
    finally:
        own.rename(aws)


def figures(ldif: bytes) -> dict[str, Any]:
    entries = (b"\n" + ldif).count(b"\ndn:")
    return {"entries": entries, "bytes": len(ldif), "sha256": hashlib.sha256(ldif).hexdigest()}


def assert_copied(host: HostFolder, aws: Aws, key: str = "copy.ldif.gz") -> dict[str, Any]:
    """Assert that the copy is the host's current directory. Return the figures to report."""
    ldif = export(host)
    assert aws.get(key) == ldif
    return figures(ldif)
