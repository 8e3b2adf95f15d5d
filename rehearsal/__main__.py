"""`make rehearsal`: upgrade a SOCA cluster on this machine and report how it went."""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from rehearsal import findings
from rehearsal.last_words import last_words
from rehearsal.live import View, choose_view
from rehearsal.options import Options, read_options
from rehearsal.people import UnusableError, gather
from rehearsal.report.document import to_json
from rehearsal.report.page import to_html
from rehearsal.report.record import Record
from rehearsal.run import Rehearsal
from rehearsal.stage import Stage, StageError
from rehearsal.verdict import verdict

_UNUSABLE, _WRONG = 2, 1


def main() -> int:
    """Exit status 0 exactly when the scenario ended as defined."""
    options = read_options(sys.argv[1:], os.environ)
    # Unix sockets stand below it, and their paths must be short.
    work = Path(tempfile.mkdtemp(prefix="changeover-", dir="/tmp"))
    try:
        return _rehearse(options, work)
    except (UnusableError, StageError) as error:
        print(f"error: {error}", file=sys.stderr)
        return _UNUSABLE
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _rehearse(options: Options, work: Path) -> int:
    people = gather(options, work)
    with choose_view() as view, Stage(work, options.scenario, people, view.note) as stage:
        rehearsal = Rehearsal(stage, options, people, view)
        record = rehearsal.run()
        problems = verdict(options.scenario, record, findings.left_over(stage))
        _write(options.out, record)
        for words in last_words(record, problems, _shown(options.out / "report.html")):
            view.note(words)
        if options.keep:
            _wait_with(stage, view)
    return _WRONG if problems else 0


def _write(folder: Path, record: Record) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    report = to_json(record)
    (folder / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    (folder / "report.html").write_text(to_html(report))


def _shown(path: Path) -> Path:
    """As short as it can be typed from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _wait_with(stage: Stage, view: View) -> None:
    """Everything keeps running; how to look around is printed."""
    for line in stage.how_to_look_around():
        view.note(line)
    view.note("press Enter to stop")
    sys.stdin.readline()


if __name__ == "__main__":
    sys.exit(main())
