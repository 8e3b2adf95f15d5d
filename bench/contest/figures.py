"""The cost of one run of a contender, measured in its process."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figures:
    """`results` is the number of results. `peak_mib` is the peak memory, if it was measured."""

    seconds: float
    results: int
    peak_mib: float = 0


def timed(work: Callable[[], int], clock: Callable[[], float] = time.perf_counter) -> Figures:
    """Run `work`, which returns the number of its results, and measure it."""
    begin = clock()
    results = work()
    return Figures(clock() - begin, results)


def report(work: Callable[[], int]) -> None:
    """Do the work for which this process was started, and print its figures as JSON.

    It measures CPU time, which a busy machine changes little.
    """
    print(json.dumps(asdict(timed(work, time.process_time)) | {"peak_mib": _peak_mib()}))


def _peak_mib() -> float:
    """Read the peak from /proc: getrusage includes the peak of the parent process."""
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert peak is not None
    return int(peak[1]) / 1024
