"""`make rehearsal`: upgrade a SOCA cluster on this machine and report how it went."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.actors.directory_check import Refusal, RefusedError, page, summary
from rehearsal.actors.own_export import UnusableError
from rehearsal.actors.population import People, gather
from rehearsal.background import Meanwhile
from rehearsal.console.log_archive import keep_logs
from rehearsal.console.output_folder import BusyError, claimed
from rehearsal.console.printout import REFUSED, last_words
from rehearsal.console.view import View, choose_view
from rehearsal.no_proxy import bypass_proxies
from rehearsal.options import Options, expected, read_options
from rehearsal.outcome.end_state import look_around
from rehearsal.outcome.verdict import verdict
from rehearsal.report.document import to_json
from rehearsal.report.page import to_html
from rehearsal.report.record import Record
from rehearsal.run import Rehearsal
from rehearsal.stage import Stage

_WRONG, _BROKEN, _INTERRUPTED, _TERMINATED = 1, 2, 130, 143
# Errors of the machine, a tool or the control plane. Any other error is a bug of ours.
_FORESEEN = (
    UnusableError,
    RuntimeError,
    OSError,
    subprocess.SubprocessError,
    BotoCoreError,
    ClientError,
)


def main() -> int:
    """Return 0 for the defined end, 1 for another end or a refused directory, 2 for an error."""
    bypass_proxies()
    asked = read_options(sys.argv[1:], os.environ)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    try:
        with claimed(asked.out, only_this=asked.out_given) as out:
            if out != asked.out:
                print(f"another rehearsal writes to {_shown(asked.out)}: using {_shown(out)}")
            return _in_scratch(replace(asked, out=out))
    except (BusyError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return _BROKEN


def _in_scratch(options: Options) -> int:
    # It contains Unix sockets, whose paths must be short.
    work = Path(tempfile.mkdtemp(prefix="changeover-", dir="/tmp"))
    status = _BROKEN
    try:
        status = _rehearse(options, work)
    except (KeyboardInterrupt, SystemExit) as stop:
        status = _TERMINATED if isinstance(stop, SystemExit) else _INTERRUPTED
        print("stopped", file=sys.stderr)
    except RefusedError as error:
        status = _WRONG
        _tell(error.refusal, options)
    except _FORESEEN as error:
        print(f"error: {str(error).replace(str(work), str(_logs(options)))}", file=sys.stderr)
    finally:
        if status in (_WRONG, _BROKEN) and keep_logs(work, options.out):
            print(f"logs: {_logs(options)}", file=sys.stderr)
        shutil.rmtree(work, ignore_errors=True)
    return status


def _rehearse(options: Options, work: Path) -> int:
    people = gather(options, work)
    if people.refusal:
        options = replace(options, scenario=options.scenario.refusing())
    with choose_view() as view:
        for sentence in people.notes:
            view.note(sentence)
        with Stage(work, options.scenario, people, view.note) as stage:
            problems = _run(stage, options, people, view)
            if options.keep:
                _wait_with(stage, view)
    return _WRONG if problems else 0


def _run(stage: Stage, options: Options, people: People, view: View) -> list[str]:
    """Run once and write the report. Return each difference from the scenario."""
    meanwhile = Meanwhile(stage, options, people, view)
    record = Rehearsal(stage, options, meanwhile, view).run()
    _write(options.out, record)
    aftermath = look_around(stage, people, meanwhile, record, options.out)
    problems = verdict(expected(options, record.outcome), record, aftermath)
    _write(options.out, replace(record, problems=problems))
    for words in last_words(record, problems, _shown(options.out / "report.html")):
        view.note(words)
    return problems


def _tell(refusal: Refusal, options: Options) -> None:
    """Print the first error of each rule, and where all findings are."""
    everything = options.out / "findings.txt"
    everything.write_text("".join(page(refusal, everything=True)).lstrip("\n"), encoding="utf-8")
    print("".join(page(refusal)).lstrip("\n"))
    print(f"{options.ldif}: {summary(refusal)}; full list: {_shown(everything)}")
    print(REFUSED + ". Nothing was started")
    print("to do: fix it on live and export again, or set ANYWAY=1 to see the upgrade refuse it")


def _write(folder: Path, record: Record) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    report = to_json(record)
    (folder / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    (folder / "report.html").write_text(to_html(report))


def _logs(options: Options) -> Path:
    return _shown(options.out / "logs")


def _shown(path: Path) -> Path:
    """The shortest path that a person can type from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _wait_with(stage: Stage, view: View) -> None:
    """Keep everything running, and print how to look around."""
    for line in stage.how_to_look_around():
        view.note(line)
    if sys.stdin.isatty():
        view.note("press Enter to stop")
        sys.stdin.readline()
    else:
        view.note(f"to stop: kill {os.getpid()}")
        signal.pause()


if __name__ == "__main__":
    sys.exit(main())
