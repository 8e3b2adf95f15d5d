"""A copy shows the directory at one moment, even while users change it all the time."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rehearsal.actors.sample_directory import PROBE, write_directory
from rehearsal.host.folder import BASE_DN, ROOT_DN, HostFolder
from tests.integration.documents.copies import assert_copied, copied_to
from tests.integration.scheduler_hosts import Aws, run, scheduler_host, tool
from tests.support.wait_for import eventually

EARLY, LATE = f"uid={PROBE},ou=People,{BASE_DN}", f"cn=operators,ou=Sudoers,{BASE_DN}"
TIMES = 10
ENOUGH = 60_000  # pairs of changes, which take longer than all the copies


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[HostFolder]:
    """A host with a directory that takes a while to read."""
    tree = tmp_path / "tree.ldif"
    write_directory(tree, users=2000)
    with scheduler_host(tree) as host:
        yield host


def test_a_copy_never_contradicts_itself(busy: HostFolder, aws: Aws, tmp_path: Path) -> None:
    seen = []
    with hammering(busy, tmp_path):
        for _ in range(TIMES):
            assert run("export_identities", busy, aws, **copied_to()).code == 0
            seen.append(numbers(aws.get("copy.ldif.gz").decode()))
    assert len(set(seen)) == TIMES  # each copy differs, so the directory did change
    assert all(early - late in (0, 1) for early, late in seen), seen


def test_the_trap_is_there(busy: HostFolder, tmp_path: Path) -> None:
    """This shows the risk: the server's own answer to a search mixes several moments."""
    bind = ("-x", "-D", ROOT_DN, "-y", str(busy.root_password), "-H", "ldapi:///")
    with hammering(busy, tmp_path):
        answers = [
            tool(busy, "ldapsearch", *bind, "-LLL", "-b", BASE_DN).stdout for _ in range(TIMES)
        ]
    seen = [numbers(answer) for answer in answers]
    assert any(early - late not in (0, 1) for early, late in seen), seen


def test_a_frozen_copy_is_the_last_word(busy: HostFolder, aws: Aws, tmp_path: Path) -> None:
    with hammering(busy, tmp_path, until_frozen=True):
        answer = run("freeze_directory", busy, aws, **copied_to()).answer
    assert answer == {"read_only": True, **assert_copied(busy, aws)}
    assert run("thaw_directory", busy, aws).code == 0


@contextmanager
def hammering(host: HostFolder, folder: Path, *, until_frozen: bool = False) -> Iterator[None]:
    """Change the early entry, then the late one, again and again."""
    changes = folder / "changes.ldif"
    changes.write_text("".join(f"{change(EARLY, n)}{change(LATE, n)}" for n in range(ENOUGH)))
    bind = ("-x", "-D", ROOT_DN, "-y", str(host.root_password), "-H", "ldapi:///")
    with subprocess.Popen(
        [host.tools / "ldapmodify", *bind, "-f", changes],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as writer:
        eventually(lambda: current(host) > 10)
        try:
            yield
            assert (writer.poll() is not None) == until_frozen
        finally:
            writer.terminate()


def current(host: HostFolder) -> int:
    where = ("-x", "-H", "ldapi:///", "-LLL", "-b", EARLY, "-s", "base", "description")
    found = tool(host, "ldapsearch", *where).stdout
    return int(number[1]) if (number := re.search(r"description: (\d+)", found)) else 0


def change(name: str, number: int) -> str:
    text = f"dn: {name}\nchangetype: modify\nreplace: description\n"
    return f"{text}description: {number}\n\n"


def numbers(ldif: str) -> tuple[int, int]:
    """Return the numbers in the early and in the late entry."""
    early, late = re.findall(r"^description: (\d+)$", ldif, re.MULTILINE)
    return int(early), int(late)
