"""Measure one case at one size: `python -m bench.growing.once CASE SIZE`."""

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

from bench import ROOT
from bench.growing.cases import CASES

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """The CPU time of the work, and the number of its input bytes."""

    seconds: float
    size: int

    @property
    def of_a_byte(self) -> float:
        return self.seconds / self.size


def cost(name: str, size: int) -> Cost:
    texts = CASES[name].make(size)
    begin = time.process_time()
    CASES[name].work(*texts)
    return Cost(time.process_time() - begin, sum(map(len, texts)))


def cheapest(name: str, size: int) -> Cost:
    """Return the smallest of several times, each from a new process: disturbances only add time."""
    command = [sys.executable, "-m", "bench.growing.once", name, str(size)]
    tries = (
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE) for _ in range(_TRIES)
    )
    return min((Cost(**json.loads(each.stdout)) for each in tries), key=lambda found: found.seconds)


if __name__ == "__main__":
    print(json.dumps(asdict(cost(sys.argv[1], int(sys.argv[2])))))
