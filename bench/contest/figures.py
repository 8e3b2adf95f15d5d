"""What one run of a contender costs, measured from inside its process."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figures:
    """`results` counts what came out, `peak_mib` is memory, where somebody looked."""

    seconds: float
    results: int
    peak_mib: float = 0


def timed(work: Callable[[], int], clock: Callable[[], float] = time.perf_counter) -> Figures:
    """`work` answers the number of its results."""
    begin = clock()
    results = work()
    return Figures(clock() - begin, results)


def report(work: Callable[[], int]) -> None:
    """Do the work for which this process was started, and print its figures as JSON.

    Its time is the processor's, which a busy machine does not change much.
    """
    print(json.dumps(asdict(timed(work, time.process_time)) | {"peak_mib": _peak_mib()}))


def _peak_mib() -> float:
    """Not by getrusage, which hands on the peak of whoever started this process."""
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert peak is not None
    return int(peak[1]) / 1024
