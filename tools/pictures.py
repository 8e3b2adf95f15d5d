"""`python -m tools.pictures` makes the README's pictures from a real rehearsal.

It needs Chromium and npm's `npx`. The recording plays at twice the speed, and no pause is longer
than a second.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs/images"
WORK = ROOT / "build/pictures"
SVG_TERM = "svg-term-cli@2.1.1"
WIDTH, HEIGHT = 118, 22
_SPEED, _LONGEST_PAUSE = 2.0, 1.0
_NEEDED = {"chromium": "chromium", "npx": "npm"}


def main() -> None:
    if missing := [package for tool, package in _NEEDED.items() if not shutil.which(tool)]:
        sys.exit(f"Install these Debian packages first: {' '.join(missing)}")
    WORK.mkdir(parents=True, exist_ok=True)
    IMAGES.mkdir(parents=True, exist_ok=True)
    cast = WORK / "rehearsal.cast"
    cast.write_text("".join(recording(_lines())))
    _draw_recording(cast, IMAGES / "rehearsal.svg")
    _draw_report(WORK / "report.html", IMAGES / "report.png")


def _lines() -> Iterator[tuple[float, str]]:
    """Run a rehearsal. Yield seconds since the start, and the line that it prints."""
    command = [sys.executable, "-u", "-m", "rehearsal", "--out", str(WORK)]
    started = time.monotonic()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            print(line, end="")
            yield time.monotonic() - started, line.rstrip().replace(str(ROOT) + "/", "")
    if process.returncode:
        sys.exit("the rehearsal did not end as defined, so no picture is made")


def recording(lines: Iterator[tuple[float, str]]) -> Iterator[str]:
    """An asciicast (version 2) of the lines. Its times are in seconds."""
    yield json.dumps({"version": 2, "width": WIDTH, "height": HEIGHT}) + "\n"
    yield json.dumps([0.0, "o", "$ make rehearsal\r\n"]) + "\n"
    before = shown_at = 0.0
    for seconds, line in lines:
        shown_at += min((seconds - before) / _SPEED, _LONGEST_PAUSE)
        before = seconds
        yield json.dumps([round(shown_at, 2), "o", f"{line[:WIDTH]}\r\n"]) + "\n"
    yield json.dumps([round(shown_at + 4, 2), "o", ""]) + "\n"


def _draw_recording(cast: Path, picture: Path) -> None:
    subprocess.run(
        ["npx", "--yes", SVG_TERM, "--in", cast, "--out", picture, "--window", "--no-cursor"],
        check=True,
    )


def _draw_report(report: Path, picture: Path) -> None:
    subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--hide-scrollbars"),
            *("--window-size=1280,1000", f"--screenshot={picture}", report.as_uri()),
        ],
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    main()
