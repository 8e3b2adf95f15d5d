"""The output on the terminal while a rehearsal runs."""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import cycle
from typing import Any, Protocol, Self, TextIO

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.table import Table
from rich.text import Text

from rehearsal.report import labels
from rehearsal.report.record import Event
from rehearsal.report.timeline import CONTAINERS, Visit, visits

MARKS = {
    "running": ("…", "bold yellow"),
    "succeeded": ("✓", "green"),
    "failed": ("✗", "bold red"),
    "aborted": ("—", "yellow"),
}
COLORS = ("cyan", "magenta", "blue", "yellow")  # colors of releases
BAR = 30  # characters
ROOM_FOR_NOTES = 8  # lines above the drawing that stay empty
UPDATES = 6  # latest updates that show which release users reach now
REFRESHES = 4  # redraws per second
TRAFFIC_EVERY = 5  # seconds between two lines about traffic

Traffic = Mapping[str, Any]


class View(Protocol):
    """Open with `with`, and report each event to it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def note(self, text: str) -> None: ...

    def update(self, history: Sequence[Event], traffic: Traffic) -> None:
        """`history` has all events so far. `traffic` is the load's summary of its requests."""


def choose_view(stream: TextIO = sys.stdout) -> View:
    """A live drawing on a terminal, plain lines elsewhere."""
    console = Console(file=stream)
    return Screen(console) if stream.isatty() and not console.is_dumb_terminal else Lines(stream)


def _now() -> datetime:
    return datetime.now(UTC)


class Screen:
    """A live drawing of states and traffic, with notes above it."""

    def __init__(self, console: Console, now: Callable[[], datetime] = _now) -> None:
        self._console = console
        self._now = now
        self._states: list[list[Visit]] = []
        self._traffic: deque[tuple[float, Traffic]] = deque(maxlen=UPDATES)
        self._over = False
        self._live = Live(self, console=console, refresh_per_second=REFRESHES)

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._live.stop()

    def note(self, text: str) -> None:
        # A link that is broken into lines cannot be clicked.
        self._console.print(Text(f"• {text}"), soft_wrap=True)

    def update(self, history: Sequence[Event], traffic: Traffic) -> None:
        states: dict[str, list[Visit]] = {}
        for visit in visits(history):
            states.setdefault(visit.state, []).append(visit)
        self._states = list(states.values())
        self._traffic.append((time.monotonic(), traffic))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        traffic = _draw_traffic(tuple(self._traffic), over=self._over)
        room = max(1, console.height - traffic.row_count - ROOM_FOR_NOTES)
        yield Group("", self._draw_states(room), "", traffic)

    def _draw_states(self, room: int) -> Table:
        table = Table.grid(padding=(0, 2))
        hidden = 0 if self._over else max(0, len(self._states) - room)
        if hidden:
            table.add_row(Text(f"  {hidden} states before", style="dim"))
        for stays in self._states[hidden:]:
            table.add_row(*self._draw_state(stays))
        return table

    def _draw_state(self, stays: Sequence[Visit]) -> Iterator[Text]:
        last = stays[-1]
        mark, style = MARKS[last.outcome]
        name = (last.state, "bold" if last.running else "")
        yield Text.assemble("  " * last.depth, (mark, style), " ", name)
        yield Text(labels.seconds(sum(map(self._seconds, stays))), justify="right")
        times = f"{len(stays)} times " if len(stays) > 1 else ""
        why = "" if last.kind in CONTAINERS else last.why
        # A drawing higher than the terminal cannot be redrawn, so each state has one line.
        yield Text.assemble(
            (times, "dim"), (why, style), overflow="ellipsis", no_wrap=not self._over
        )

    def _seconds(self, visit: Visit) -> float:
        return (self._now() - visit.entered).total_seconds() if visit.running else visit.seconds


def _draw_traffic(updates: Sequence[tuple[float, Traffic]], *, over: bool) -> Table:
    """Bars of answered requests: recent ones, or all of them after the run."""
    table = Table.grid(padding=(0, 2))
    if not updates:
        return table
    (begin, before), (end, latest) = updates[0], updates[-1]
    earlier = {} if over else before["by_release"]
    answered = {name: n - earlier.get(name, 0) for name, n in latest["by_release"].items()}
    most = max([1, *answered.values()])
    for color, (name, lately) in zip(cycle(COLORS), answered.items(), strict=False):
        bar = Text("█" * round(BAR * lately / most), style=color)
        rate = "" if over else f"{lately / max(end - begin, 1):.0f} per second"
        table.add_row(name, bar, _figure(latest["by_release"][name]), rate)
    failed = latest["failed"]
    table.add_row("failed", " " * BAR, _figure(failed, "bold red" if failed else "green"), "")
    return table


def _figure(number: int, style: str = "") -> Text:
    return Text(labels.count(number), style=style, justify="right")


class Lines:
    """One line for each state that is entered or left. It begins with the seconds so far."""

    def __init__(self, stream: TextIO, now: Callable[[], datetime] = _now) -> None:
        self._stream = stream
        self._now = now
        self._told: dict[int, str] = {}
        self._reasons: set[str] = set()

    def __enter__(self) -> Self:
        self._began = self._traffic_told = self._now()
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def note(self, text: str) -> None:
        self._say(self._now(), text)

    def update(self, history: Sequence[Event], traffic: Traffic) -> None:
        for visit in sorted(self._news(history), key=_moment):
            self._tell(visit)
        if (self._now() - self._traffic_told).total_seconds() >= TRAFFIC_EVERY:
            self._traffic_told = self._now()
            answered = ", ".join(f"{name} {n}" for name, n in traffic["by_release"].items())
            said = f"requests: {answered or 'none yet'}; failed {traffic['failed']}"
            self._say(self._traffic_told, said)

    def _news(self, history: Sequence[Event]) -> Iterator[Visit]:
        for number, visit in enumerate(visits(history)):
            # A Choice state takes no time, so it is not shown.
            if visit.kind != "choice" and self._told.get(number) != visit.outcome:
                self._told[number] = visit.outcome
                yield visit

    def _tell(self, visit: Visit) -> None:
        if visit.running:
            self._say(visit.entered, f"{visit.state}: entered")
        else:
            took = labels.seconds(visit.seconds)
            why = self._reason(visit.why) if visit.why else ""
            self._say(visit.ended, f"{visit.state}: {visit.outcome} after {took}{why}")

    def _reason(self, why: str) -> str:
        if why in self._reasons:
            return ", for the reason above"
        self._reasons.add(why)
        return f": {why}"

    def _say(self, at: datetime, text: str) -> None:
        print(f"{(at - self._began).total_seconds():7.1f} s  {text}", file=self._stream, flush=True)


def _moment(visit: Visit) -> tuple[datetime, int]:
    """Sort key of a visit: a phase is entered before its states and left after them."""
    if visit.running:
        return visit.entered, visit.depth
    return visit.ended, -visit.depth
