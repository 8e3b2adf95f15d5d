"""A person's own directory: refused as in an upgrade, and with its logins tried on live."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from changeover.cluster.release import Release, Role
from changeover.errors import Unhealthy
from changeover.identities import scope
from changeover.identities.directories import read_directory
from changeover.soca.dialect import SOCA_2_6
from changeover.upgrade.transfer.checks import screen
from rehearsal.actors import directory_check, own_export
from rehearsal.actors.directory_check import RefusedError, page, summary
from rehearsal.actors.own_export import UnusableError
from rehearsal.actors.passwords import hash_password
from rehearsal.actors.population import People, gather
from rehearsal.actors.sign_in_trial import try_out
from rehearsal.actors.soca_entries import SCAFFOLD, account, group, user
from rehearsal.options import read_options
from tests.integration.scheduler_hosts import scratch_folder

SECRET = hash_password("Spring#2021", bytes(range(16)))
MARY = account("mary", 5002, SECRET)
LIVE = Release(
    cluster="hpc",
    name="hpc-r1",
    role=Role.LIVE,
    cluster_id="soca-hpc-r1",
    run="adopt-hpc-r1",
    recorded_at=datetime(2026, 5, 4, tzinfo=UTC),
)
FIELD = Path(__file__).parents[1] / "field"


@pytest.fixture
def work() -> Iterator[Path]:
    with scratch_folder() as work:  # it contains a unix socket
        yield work


def gathered(work: Path, ldif: str | bytes, passwords: object = None, *options: str) -> People:
    given, known = work / "given.ldif", work / "known.json"
    given.write_bytes(ldif.encode() if isinstance(ldif, str) else ldif)
    known.write_text(passwords if isinstance(passwords, str) else json.dumps(passwords or {}))
    options = ("--ldif", str(given), "--passwords", str(known), *options)
    return gather(read_options(options, {}), work)


@pytest.mark.parametrize(
    ("ldif", "reason"),
    [
        ('{"users": []}', "JSON"),
        (MARY[:-40], "is the file cut off?"),
        (MARY[:-5], "line 29: the file ends in the middle of this line"),
        (MARY.replace("dc=soca", "dc=corp"), "the base of this directory is dc=corp,dc=local"),
        (MARY, "the entry dc=soca,dc=local is missing: not a whole tree"),
        (SCAFFOLD, "it contains no user"),
        ("", "has no entry"),
        (b"\x7fELF\x02\x01\x01\x00", "line 1: "),
        (gzip.compress((SCAFFOLD + MARY).encode())[:-9], "cannot be read to its end"),
    ],
)
def test_an_export_that_cannot_be_used_is_named_with_the_reason(
    ldif: str | bytes, reason: str, work: Path
) -> None:
    with pytest.raises(UnusableError) as refused:
        gathered(work, ldif)
    assert str(refused.value).startswith(str(work / "given.ldif"))
    assert reason in str(refused.value)


@pytest.mark.parametrize("gzipped", [False, True])
def test_an_export_that_is_too_big_is_refused_and_not_held(
    gzipped: bool, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_export, "MOST_BYTES", 3 << 20)
    ldif = (SCAFFOLD + MARY).encode() + b"# nothing\n" * 400_000
    with pytest.raises(UnusableError, match="more than 3 MiB of LDIF"):
        gathered(work, gzip.compress(ldif) if gzipped else ldif)
    assert not list(work.glob("live.ldif")) or (work / "live.ldif").stat().st_size <= 3 << 20


@pytest.mark.parametrize("passwords", ["[]", "{", '{"mary": ["x"]}', '{"mary": null}', "\udcff"])
def test_passwords_are_texts_by_user(passwords: str, work: Path) -> None:
    (work / "known.json").write_bytes(passwords.encode(errors="surrogateescape"))
    (work / "given.ldif").write_text(SCAFFOLD + MARY)
    said = ["--ldif", str(work / "given.ldif"), "--passwords", str(work / "known.json")]
    with pytest.raises(UnusableError, match=r"known\.json: must be a JSON object of strings"):
        gather(read_options(said, {}), work)


def test_a_gzipped_export_is_an_export(work: Path) -> None:
    people = gathered(work, gzip.compress((SCAFFOLD + MARY).encode()), {"mary": "Spring#2021"})
    assert (people.tree.read_text(), people.probe) == (SCAFFOLD + MARY, "mary")
    assert people.tree.stat().st_mode & 0o077 == 0


BAD = "".join(
    user(f"bad{number}", 6000 + number, SECRET).replace("\nuidNumber: 6", "\nuidNumber: six")
    for number in range(30)
)
GROUPS = "".join(group(f"bad{number}", 6000 + number) for number in range(30))


def test_a_directory_that_the_check_refuses_is_refused_before_anything_starts(work: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        gathered(work, SCAFFOLD + MARY + BAD + GROUPS)
    refusal = refused.value.refusal
    shown, everything = "".join(page(refusal)), "".join(page(refusal, everything=True))
    assert len(refusal.errors) == 30
    assert summary(refusal).startswith("30 errors")
    assert "no-number: 30\n  uid=bad0,ou=people  " in shown
    assert "  and 25 more\n  To do: " in shown
    assert "bad5," not in shown
    assert all(f"uid=bad{number},ou=people" in everything for number in range(30))


def test_it_can_be_started_all_the_same_to_see_the_upgrade_refuse_it(work: Path) -> None:
    people = gathered(work, SCAFFOLD + MARY + BAD + GROUPS, {"mary": "Spring#2021"}, "--anyway")
    assert people.refusal
    assert any("the check refuses this directory: 30 errors" in note for note in people.notes)
    refusing = read_options([], {}).scenario.refusing()
    assert (refusing.outcome, refusing.fails_in) == ("discarded", "Export Identities")
    locked = read_options(["--scenario", "locked"], {}).scenario
    assert locked.refusing() == locked


TREES = {
    "well": SCAFFOLD + MARY,
    "no numbers": SCAFFOLD + MARY + BAD + GROUPS,
    "a foreign hash": SCAFFOLD + MARY + user("ana", 5003, "{FOREIGN}x"),
    "an unknown attribute": SCAFFOLD + MARY.replace("sn: mary", "sn: mary\nfavouriteColour: red"),
    "no number": SCAFFOLD + MARY.replace("uidNumber: 5002\n", ""),
    "no hash": SCAFFOLD + MARY + user("ana", 5003, "x").replace("userPassword", "title"),
    **{path.stem: path.read_text() for path in FIELD.glob("*.ldif") if "11" not in path.stem},
}


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
def test_it_refuses_what_the_upgrade_refuses_and_nothing_else(tree: str, tmp_path: Path) -> None:
    (tmp_path / "tree.ldif").write_text(tree)
    with (tmp_path / "tree.ldif").open("rb") as stream:
        entries = read_directory(stream)
    try:
        screen(scope.movable(entries, SOCA_2_6, ()), LIVE, target=SOCA_2_6)
    except Unhealthy:
        assert directory_check.check(tmp_path / "tree.ldif", entries)
    else:
        assert directory_check.check(tmp_path / "tree.ldif", entries) is None


def elsewhere(entry: str, unit: str) -> str:
    return entry.replace("ou=People", unit)


UNIT = "dn: ou=Contractors,dc=soca,dc=local\nobjectClass: organizationalUnit\nou: Contractors\n\n"
OLD = elsewhere(user("old", 5013, SECRET), "ou=Contractors")
MAY = user("may", 5012, SECRET).replace("uid=may,", "cn=may+uid=may,")
BELOW = elsewhere(user("deep", 5016, SECRET), "uid=mary,ou=People")
LOCKED = user("gone", 5014, SECRET.replace("}", "}!"))
NONE = user("none", 5015, SECRET).replace("userPassword", "title")
TWICE = elsewhere(user("twin", 5017, SECRET), "ou=Contractors") + user("twin", 5018, "{SSHA}x")
MIXED = SCAFFOLD + MARY + UNIT + OLD + MAY + BELOW + LOCKED + NONE + TWICE
USERS = ("mary", "old", "may", "deep", "gone", "none", "twin", "nobody")


def test_live_is_asked_whom_it_lets_in_and_how(work: Path) -> None:
    tree = work / "tree.ldif"
    tree.write_text(MIXED + user("wrong", 5019, SECRET) + user("empty", 5020, SECRET))
    given = dict.fromkeys(USERS, "Spring#2021") | {"wrong": "Spring#2020", "empty": ""}
    trial = try_out(tree, given, work / "trial")
    assert trial.web == ("mary",)
    assert {user: login.dn for user, login in trial.ssh.items()} == {
        "old": "uid=old,ou=Contractors,dc=soca,dc=local",
        "may": "cn=may+uid=may,ou=People,dc=soca,dc=local",
        "deep": "uid=deep,uid=mary,ou=People,dc=soca,dc=local",
    }
    assert trial.shut == ("gone", "none", "twin", "wrong", "empty")
    assert trial.unknown == ("nobody",)
    assert not (work / "trial").exists()


def test_who_is_not_let_in_is_told_by_name_and_uses_nothing(work: Path) -> None:
    ldif = SCAFFOLD + MARY + UNIT + OLD + group("old", 5013)
    passwords = {"old": "Spring#2021", "mary": "Spring#2021", "zed": "x"}
    people = gathered(work, ldif, passwords, "--anyway")
    assert people.passwords == {"mary": "Spring#2021"}
    assert [*people.ssh] == ["old"]
    told = " ".join(people.notes)
    assert "login by SSH only: old;" in told
    assert f"not in the directory, but in {work / 'known.json'}: zed" in told
    assert "Spring#2021" not in told
    assert "Spring#2021" in people.secrets


@pytest.mark.parametrize(
    "taken",
    [
        "",
        user("changeoverprobe", 65532, "{SSHA}!x") + group("changeoverprobe", 65532),
        user("ChangeoverProbe", 65531, "{SSHA}!x") + group("changeoverprobe", 65532),
    ],
)
def test_where_nobody_is_left_an_account_of_its_own_is_let_in(taken: str, work: Path) -> None:
    people = gathered(work, SCAFFOLD + MARY + taken, {"mary": "wrong"}, "--anyway")
    assert people.passwords.keys() == {people.probe}
    assert people.probe.startswith("changeoverprobe")
    assert any(f"the account {people.probe} is added for it" in note for note in people.notes)
    assert any("no login on live: mary;" in note for note in people.notes)
    assert try_out(people.tree, people.passwords, work / "again").web == (people.probe,)


def test_without_passwords_of_ones_own_nobody_is_told_of_those_that_do_not_fit(work: Path) -> None:
    (work / "given.ldif").write_text(SCAFFOLD + MARY)
    people = gather(read_options(["--ldif", str(work / "given.ldif")], {}), work)
    assert (people.passwords, people.notes) == ({"mary": "Spring#2021"}, ())


def test_what_slapd_does_not_take_is_said_in_its_words_and_without_a_hash(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whatever the check learns, slapd decides.
    monkeypatch.setattr("rehearsal.actors.population.check", lambda *_: None)
    broken = group("proj", 7000).replace("posixGroup", "posixGroup\nobjectClass: device")
    with pytest.raises(UnusableError) as refused:
        gathered(work, SCAFFOLD + MARY + broken)
    assert str(refused.value).startswith(f"{work / 'given.ldif'}: OpenLDAP with SOCA 2.6's schema")
    assert "(65) invalid structural object class chain (" in str(refused.value)
    assert SECRET[6:26] not in str(refused.value)
