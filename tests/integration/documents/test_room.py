"""Room on the disk is there before anything is touched, and room in mdb's map is made."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from rehearsal.host.folder import BASE_DN, HostFolder
from rehearsal.people.directory import write_directory
from tests.integration.documents.copies import copied_to
from tests.integration.documents.trees import ONE, assert_serves
from tests.integration.scheduler_hosts import (
    Aws,
    described,
    directory_of,
    modify,
    password_change,
    run,
    tool,
)

EXTERNAL = ("-Q", "-Y", "EXTERNAL")
A_CHANGE = password_change("socaboot", "other")
SMALL, LARGE = 10 << 20, 1 << 30


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("export_identities", None),
        ("freeze_directory", None),
        ("import_identities", ONE),
        ("apply_delta", A_CHANGE.encode()),
    ],
)
def test_a_full_disk_is_noticed_before_anything_is_touched(
    name: str, text: bytes | None, candidate: HostFolder, aws: Aws
) -> None:
    before, pids = directory_of(candidate), described(candidate)["pids"]
    free = candidate.tools / "df"
    free.write_text("#!/bin/sh\necho Avail\necho 1000\n")
    free.chmod(0o755)
    given = copied_to("full.gz") | (aws.put(text) if text else {})
    complaint = run(name, candidate, aws, **given).complaint
    assert re.search(r"has 1000 bytes free, and \d{4,} are needed: make room there$", complaint)
    assert described(candidate)["pids"] == pids
    assert_serves(candidate, before)
    assert modify(candidate, A_CHANGE).returncode == 0
    assert "full.gz" not in stored(aws)


@pytest.mark.parametrize("folder", ["var/lib/ldap", "var/lib/changeover/scratch"])
def test_each_file_system_is_asked(folder: str, candidate: HostFolder, aws: Aws) -> None:
    free = candidate.tools / "df"
    full = f"case $* in *{folder}) echo 1000 ;; *) echo 1000000000 ;; esac"
    free.write_text(f"#!/bin/sh\necho Avail\n{full}\n")
    free.chmod(0o755)
    outcome = run("import_identities", candidate, aws, **aws.put(ONE), **copied_to())
    assert f"{folder} has 1000 bytes free" in outcome.complaint


def test_an_import_enlarges_a_map_that_is_too_small(
    candidate: HostFolder, aws: Aws, tmp_path: Path
) -> None:
    """2,500 users do not fit into mdb's default of 10 MiB."""
    limit_map(candidate, SMALL)
    write_directory(tmp_path / "many.ldif", users=3000)
    source = aws.put((tmp_path / "many.ldif").read_bytes())
    outcome = run("import_identities", candidate, aws, **source, **copied_to())
    assert outcome.answer["entries"] > 6000
    assert map_size(candidate) == LARGE


def test_a_delta_enlarges_a_map_that_is_too_small(candidate: HostFolder, aws: Aws) -> None:
    limit_map(candidate, SMALL)
    delta = "".join(map(photographed, range(6)))
    assert apply(candidate, aws, delta)["changes"] == 6
    assert map_size(candidate) == LARGE


@pytest.mark.parametrize("act", ["delta", "import"])
def test_a_map_that_is_large_enough_stays(act: str, candidate: HostFolder, aws: Aws) -> None:
    limit_map(candidate, LARGE + SMALL)
    given = aws.put(ONE) | copied_to()
    acts: dict[str, Callable[[], object]] = {
        "delta": lambda: apply(candidate, aws, A_CHANGE),
        "import": lambda: run("import_identities", candidate, aws, **given).answer,
    }
    acts[act]()
    assert map_size(candidate) == LARGE + SMALL


def apply(host: HostFolder, aws: Aws, delta: str) -> dict[str, object]:
    return run("apply_delta", host, aws, **aws.put(delta.encode()), **copied_to()).answer


def photographed(number: int) -> str:
    """Two megabytes."""
    name = f"uid=person{number},ou=People,{BASE_DN}"
    text = f"dn: {name}\nchangetype: add\nobjectClass: inetOrgPerson\ncn: x\nsn: x\n"
    return f"{text}jpegPhoto:: {'/9j/' * 700_000}\n\n"


def limit_map(host: HostFolder, size: int) -> None:
    change = "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: olcDbMaxSize\n"
    assert modify(host, f"{change}olcDbMaxSize: {size}\n", *EXTERNAL).returncode == 0


def map_size(host: HostFolder) -> int:
    where = ("-H", "ldapi:///", "-LLL", "-b", "cn=config", f"(olcSuffix={BASE_DN})")
    found = tool(host, "ldapsearch", *EXTERNAL, *where, "olcDbMaxSize").stdout
    return int(found.split("olcDbMaxSize: ")[1])


def stored(aws: Aws) -> list[str]:
    listed = aws.client("s3").list_objects_v2(Bucket="evidence").get("Contents", [])
    return [each["Key"] for each in listed]
