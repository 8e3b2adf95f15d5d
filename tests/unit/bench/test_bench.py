"""A benchmark compares equal work, one contender as often as the other, and says what it missed."""

from pathlib import Path

import pytest

import bench
from bench import Measurement
from bench.__main__ import main
from bench.contest.figures import Figures
from bench.contest.rounds import ROUNDS, DifferentResultError, medians, ours
from bench.contest.slapadd import BareDatabase, entries_in
from bench.growing.once import Cost
from bench.growth import HUGE, LARGE, SMALL, Doubling, Growth
from bench.snapshots.changes import entries_changed
from bench.snapshots.kept import Snapshots, snapshots_of
from changeover.soca.dialect import SOCA_2_6

# The fewest that have a project's group.
USERS = 250


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shelf")


@pytest.fixture(scope="module")
def snapshots(shelf: Path) -> Snapshots:
    (shelf / f"{USERS}-of-another-recipe").mkdir()
    return snapshots_of(USERS, shelf)


def records(tree: Path) -> set[bytes]:
    return set(tree.read_bytes().split(b"\n\n"))


def test_a_target_is_met_up_to_its_ratio() -> None:
    assert Measurement("parse", 1, "yardstick", 3, "s", 1 / 3).met
    assert not Measurement("parse", 1.01, "yardstick", 3, "s", 1 / 3).met


def test_growth_is_from_large_to_huge() -> None:
    assert Growth("parse", {SMALL: 9.0, LARGE: 2.0, HUGE: 2.5}, at_most=1.25).met
    assert not Growth("parse", {SMALL: 9.0, LARGE: 2.0, HUGE: 2.6}, at_most=1.25).met


def test_growth_by_the_doubling_is_of_what_a_byte_costs() -> None:
    """Four times as much is two doublings: what takes the square costs four times a byte."""
    linear, square = (Doubling("members", Cost(1, 10), Cost(n, 40)) for n in (4, 16))
    assert (linear.ratio, linear.met) == (1, True)
    assert (square.ratio, square.met) == (2, False)


@pytest.mark.parametrize(("seconds", "status"), [("1", 0), ("2", 1)])
def test_one_missed_target_fails_the_run(
    seconds: str, status: int, tmp_path: Path, monkeypatch, capsys
) -> None:
    (tmp_path / f"sleeping{seconds}.py").write_text(
        "from bench import Measurement\n"
        "def measure():\n"
        "    yield Measurement('nap', 1, 'sleep', 1, 's', 1)\n"
        f"    yield Measurement('sleep', {seconds}, 'sleep', 1, 's', 1)\n"
    )
    monkeypatch.setattr(bench, "__path__", [*bench.__path__, str(tmp_path)])
    assert main([f"sleeping{seconds}"]) == status
    head, _, nap, sleep = capsys.readouterr().out.splitlines()
    assert head == "| measured | ours | yardstick | theirs | ratio | at most | |"
    assert nap == "| nap | 1 s | sleep | 1 s | 1.00 | 1.00 |  |"
    assert sleep.endswith("| missed |") == bool(status)


def test_who_asks_for_an_unknown_benchmark_learns_which_there_are(capsys) -> None:
    assert main(["speed"]) == 2
    assert capsys.readouterr().out == (
        "no such benchmark: speed; there are: bulk_load, check, delta, growth\n"
    )


def test_contenders_take_turns_and_their_medians_count() -> None:
    turns: list[str] = []
    times = {"ours": iter((1.0, 9.0, 2.0)), "theirs": iter((6.0, 4.0, 5.0))}

    def contender(name: str) -> Figures:
        turns.append(name)
        return Figures(next(times[name]), results=7)

    figures = medians({"ours": lambda: contender("ours"), "theirs": lambda: contender("theirs")})
    assert turns == ["ours", "theirs"] * ROUNDS
    assert figures == {"ours": Figures(2.0, 7), "theirs": Figures(5.0, 7)}


def test_who_answers_differently_each_time_is_not_timed() -> None:
    results = iter(range(ROUNDS))
    with pytest.raises(DifferentResultError, match="ours, another time: 1 instead of 0"):
        medians({"ours": lambda: Figures(1.0, next(results))})


def test_every_run_has_its_own_memory(snapshots: Snapshots) -> None:
    ballast = b"x" * (128 << 20)
    figures = ours("check", snapshots.before)()
    assert 5 < figures.peak_mib < len(ballast) >> 20
    assert figures.results == entries_in(snapshots.before) - len(SOCA_2_6.scaffold)
    assert 0 < figures.seconds < 60


def test_a_snapshot_changes_in_a_few_entries_and_nowhere_else(snapshots: Snapshots) -> None:
    before, after = records(snapshots.before), records(snapshots.after)
    added, deleted, renamed, modified = 2, 2, 2, 2
    assert len(before - after) == deleted + renamed + modified
    assert len(after - before) == added + renamed + modified
    assert b"\nentryCSN: " in max(before & after)


def test_a_plan_between_two_snapshots_has_every_change(snapshots: Snapshots) -> None:
    assert ours("delta", *snapshots.gzipped)().results == entries_changed(USERS) == 10


@pytest.mark.parametrize("users", [10_000, 100_000])
def test_a_thousandth_of_the_entries_changes(users: int) -> None:
    # A user has a group, too.
    assert entries_changed(users) * 1000 == 2 * users


def test_snapshots_are_made_once_and_no_outdated_ones_are_kept(
    snapshots: Snapshots, shelf: Path
) -> None:
    made = snapshots.before.stat().st_mtime_ns
    assert snapshots_of(USERS, shelf).before.stat().st_mtime_ns == made
    assert [path.name for path in shelf.iterdir()] == [snapshots.folder.name]


def test_slapadd_alone_loads_into_an_empty_database_each_time(
    snapshots: Snapshots, tmp_path: Path
) -> None:
    loading = BareDatabase(tmp_path / "bare").loading(snapshots.before)
    assert loading().results == loading().results == entries_in(snapshots.before)
