"""Documents check for free disk space before any change, and enlarge mdb's map if needed."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from rehearsal.actors.sample_directory import write_directory
from rehearsal.host.folder import BASE_DN, HostFolder
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


@pytest.mark.parametrize("name", ["export_identities", "freeze_directory", "apply_delta"])
def test_room_is_counted_for_what_is_copied_only(
    name: str, candidate: HostFolder, aws: Aws
) -> None:
    """hdb never deletes its transaction logs in the database's folder."""
    for number in range(30):
        path = candidate.database / f"log.{number + 1:010}"
        path.write_bytes(b"\1" * (1 << 20))
    (candidate.database / "__db.001").write_bytes(b"\1" * (1 << 20))
    (candidate.database / "backup-of-march.tgz").write_bytes(b"\1" * (1 << 20))
    frees(candidate, 25 << 20)
    given = copied_to() | (aws.put(A_CHANGE.encode()) if name == "apply_delta" else {})
    assert run(name, candidate, aws, **given).code == 0


@pytest.mark.parametrize("name", ["export_identities", "freeze_directory"])
def test_room_is_counted_for_every_file_of_an_hdb(
    name: str, candidate: HostFolder, aws: Aws
) -> None:
    for table in ("dn2id", "id2entry"):
        (candidate.database / f"{table}.bdb").write_bytes(b"\1" * (20 << 20))
    frees(candidate, 30 << 20)
    assert "bytes free, and 4" in run(name, candidate, aws, **copied_to()).complaint


def test_an_import_asks_for_room_before_it_unpacks(candidate: HostFolder, aws: Aws) -> None:
    frees(candidate, 1000)
    watch = candidate.root / "watched"
    (candidate.tools / "tee").write_text(f'#!/bin/sh\ntouch {watch}\nexec /usr/bin/tee "$@"\n')
    (candidate.tools / "tee").chmod(0o755)
    outcome = run("import_identities", candidate, aws, **aws.put(ONE), **copied_to())
    assert "has 1000 bytes free" in outcome.complaint
    assert not watch.exists()


@pytest.mark.parametrize("name", ["import_identities", "apply_delta"])
def test_no_more_is_unpacked_than_was_meant(name: str, candidate: HostFolder, aws: Aws) -> None:
    """A gzip bomb: 64 MB of LDIF in 64 KB."""
    before = directory_of(candidate)
    watch = candidate.root / "watched"
    (candidate.tools / "wc").write_text(f'#!/bin/sh\n/usr/bin/wc "$@" | tee {watch}\n')
    (candidate.tools / "wc").chmod(0o755)
    bomb = b"# nothing\n" * 6_400_000
    given = aws.put(bomb) | {"Bytes": "5000"} | copied_to()
    complaint = run(name, candidate, aws, **given).complaint
    assert "tree.ldif.gz has more than the expected 5000 bytes" in complaint
    assert watch.read_text().split() == ["5001"]
    assert_serves(candidate, before)


@pytest.mark.parametrize(
    ("name", "writer"),
    [
        ("import_identities", "tee"),
        ("apply_delta", "tee"),
        ("export_identities", "gzip"),
        ("import_identities", "slapadd"),
    ],
)
def test_a_disk_that_fills_up_meanwhile_is_blamed_and_not_the_role(
    name: str, writer: str, candidate: HostFolder, aws: Aws
) -> None:
    before = directory_of(candidate)
    full = candidate.root / "full"
    tool = candidate.tools / writer
    write = "echo x > /dev/full"  # a real ENOSPC, which df also reports from then on
    tool.write_text(f"#!/bin/sh\ntouch {full}\n/bin/cat > /dev/null\n{write}\nexit 1\n")
    tool.chmod(0o755)
    frees(candidate, 1 << 40, unless=str(full))
    text = A_CHANGE.encode() if name == "apply_delta" else ONE
    given = copied_to() | ({} if name == "export_identities" else aws.put(text))
    complaint = run(name, candidate, aws, **given).complaint
    assert "has 1000 bytes free, and 1048576 are needed: make room there" in complaint
    assert_serves(candidate, before)


def frees(host: HostFolder, size: int, unless: str = "/nowhere") -> None:
    """Let df report so much free space, and almost none once the other file exists."""
    free = host.tools / "df"
    free.write_text(
        f"#!/bin/sh\n[ -e {unless} ] && set -- 1000 || set -- {size}\necho Avail; echo $1\n"
    )
    free.chmod(0o755)


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
    """Return LDIF of two megabytes."""
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
    return [each["Key"].removeprefix("releases/") for each in listed]
