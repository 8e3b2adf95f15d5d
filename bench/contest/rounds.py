"""Run the contenders in turns, and take the median of each."""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import ROOT
from bench.contest.figures import Figures

ROUNDS = 3
PARSER = "python-ldap's LDIFParser"

Contender = Callable[[], Figures]


class DifferentResultError(RuntimeError):
    """A contender returned a wrong number of results, so its time means nothing."""


def medians(contenders: Mapping[str, Contender]) -> dict[str, Figures]:
    """Run in turns, so that a noisy moment of the machine affects all contenders."""
    runs: dict[str, list[Figures]] = {name: [] for name in contenders}
    for turn in range(1, ROUNDS + 1):
        for name, contender in contenders.items():
            figures = contender()
            runs[name].append(figures)
            progress(f"{turn}/{ROUNDS} {name}: {figures.seconds:.3g} s")
    return {name: _median(name, figures) for name, figures in runs.items()}


def python_ldap(tree: Path) -> Contender:
    """Parses one LDIF. Its results are entries."""
    python = ROOT / "build/bench-venv/bin/python"
    return lambda: _fresh_process(python, "bench.contest.python_ldap", tree)


def ours(work: str, *paths: Path) -> Contender:
    """Runs `check` of an LDIF, or `delta` of two. Results are entries that move, or changes."""
    return lambda: _fresh_process(sys.executable, "bench.contest.ours", work, *paths)


def expect(expected: int, figures: Figures, of_what: str) -> None:
    if figures.results != expected:
        raise DifferentResultError(f"{of_what}: {figures.results} instead of {expected}")


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _fresh_process(python: Path | str, module: str, *arguments: Path | str) -> Figures:
    command = ["setpriv", "--pdeathsig", "KILL", python, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return Figures(**json.loads(done.stdout))


def _median(name: str, runs: list[Figures]) -> Figures:
    for run in runs:
        expect(runs[0].results, run, f"{name}, another time")
    return Figures(
        statistics.median(run.seconds for run in runs),
        runs[0].results,
        statistics.median(run.peak_mib for run in runs),
    )
