"""The marker is the host's message of the day, byte by byte."""

import base64

from rehearsal.host.folder import HostFolder
from tests.integration.scheduler_hosts import Aws, run


def test_a_marker_is_what_the_installer_wrote(live: HostFolder, aws: Aws) -> None:
    marker = run("read_marker", live, aws).answer["marker"]
    assert base64.b64decode(marker) == live.motd.read_bytes()
    assert b"Cluster: soca-hpc-r1\n" in base64.b64decode(marker)


def test_a_marker_that_is_not_there_is_empty(candidate: HostFolder, aws: Aws) -> None:
    candidate.motd.unlink(missing_ok=True)
    assert run("read_marker", candidate, aws).answer == {"marker": ""}


def test_a_marker_of_any_bytes_and_length_is_read(candidate: HostFolder, aws: Aws) -> None:
    candidate.motd.write_bytes(bytes(range(256)) * 100)
    marker = run("read_marker", candidate, aws).answer["marker"]
    assert base64.b64decode(marker) == bytes(range(256)) * 16
