"""Progress is for a person who waits, and for nobody else."""

import io
import sys

import pytest

from changeover.cli.progress import Progress, doing


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def terminal_on(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    return terminal


def test_what_is_quick_is_not_told(monkeypatch, clock: Clock) -> None:
    terminal = terminal_on(monkeypatch)
    progress = Progress("live.ldif", 127_000_000, clock)
    clock.now += 0.9
    progress.add(127_000_000)
    progress.end()
    assert terminal.getvalue() == ""


def test_what_is_slow_is_told_now_and_then_and_wiped_away(monkeypatch, clock: Clock) -> None:
    terminal = terminal_on(monkeypatch)
    progress = Progress("live.ldif", 127_000_000, clock)
    for seconds in (1.1, 0.1, 0.2):
        clock.now += seconds
        progress.add(10_000_000)
    progress.end()
    assert terminal.getvalue() == (
        "\rlive.ldif: 10 of 127 MB read\rlive.ldif: 30 of 127 MB read\r\x1b[K"
    )


def test_how_much_there_is_may_be_unknown(monkeypatch, clock: Clock) -> None:
    terminal = terminal_on(monkeypatch)
    progress = Progress("live.ldif.gz", None, clock)
    clock.now += 2
    progress.add(61_400_000)
    assert terminal.getvalue() == "\rlive.ldif.gz: 61 MB read"


def test_a_file_is_told_nothing(capfd, clock: Clock) -> None:
    progress = Progress("live.ldif", 127_000_000, clock)
    clock.now += 2
    progress.add(10_000_000)
    progress.end()
    assert capfd.readouterr() == ("", "")


def test_what_comes_after_reading_is_told_and_wiped_away(monkeypatch) -> None:
    terminal = terminal_on(monkeypatch)
    with pytest.raises(KeyboardInterrupt), doing("comparing"):
        raise KeyboardInterrupt
    assert terminal.getvalue() == "\rcomparing …\r\x1b[K"


def test_what_is_done_is_told_to_no_file(capfd) -> None:
    with doing("comparing"):
        pass
    assert capfd.readouterr() == ("", "")


def test_what_is_written_is_told(monkeypatch, clock: Clock) -> None:
    terminal = terminal_on(monkeypatch)
    progress = Progress("out.ldif", None, clock, verb="written")
    clock.now += 2
    progress.add(61_400_000)
    assert terminal.getvalue() == "\rout.ldif: 61 MB written"
