"""`changeover identities check`: what speaks against moving the people in an export."""

import argparse
import sys

from changeover.cli import ending, files, report
from changeover.cli.options import add_dialect, add_file, add_leave_out, add_manner, placed
from changeover.cli.text import SHOWN
from changeover.identities.findings import Severity
from changeover.identities.inspection import inspect


def add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "find what would lock somebody out, lose something, or is odd"
    parser = commands.add_parser("check", help=about, description=about)
    add_file(parser, "file", "the export of a whole directory")
    add_dialect(parser, "--dialect", "wrote it")
    parser.add_argument("--base-dn", metavar="DN", help="of FILE; 24.10 and later need it")
    add_leave_out(parser)
    add_manner(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    dialect = placed(options.dialect, options.base_dn, "--base-dn")
    with files.opened(options.file) as stream:
        inspection = inspect(stream, dialect, options.leave_out)
    if options.json:
        sys.stdout.write(inspection.model_dump_json(indent=1) + "\n")
    else:
        most = None if options.all else SHOWN
        sys.stdout.writelines(report.lines_on(inspection, dialect, most))
    return ending.FOUND if inspection.findings.count(Severity.ERROR) else ending.FINE
