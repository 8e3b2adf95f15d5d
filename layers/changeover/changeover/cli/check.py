"""`changeover identities check`: find the entries of an export that would not move safely."""

import argparse
import json
import sys
from collections.abc import Iterator

from changeover.cli import exit_codes, exports, options, report
from changeover.cli.exports import Export
from changeover.cli.options import placed
from changeover.cli.progress import doing
from changeover.cli.text import SHOWN
from changeover.errors import Refused
from changeover.identities.audit import Inspection, inspect
from changeover.identities.conversion import convert
from changeover.identities.directories import read_directory
from changeover.identities.findings import Severity
from changeover.soca.dialect import Dialect

_PERSONAL = (
    "These errors are about users' own passwords. They do not stop an upgrade, which reads the"
    " values from live itself. `convert` needs them accepted, because the file may be damaged"
)


def add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "find entries that would lock out a user, lose data, or look wrong"
    parser = commands.add_parser("check", help=about, description=about)
    options.add_file(parser, "file", "the export of a whole directory")
    options.add_dialect(parser, "--dialect", "wrote it")
    options.add_base_dn(parser, "--base-dn", "FILE")
    parser.add_argument(
        "--to",
        metavar="RELEASE",
        type=options.dialect,
        help="also apply this release's rules, and try the conversion",
    )
    options.add_base_dn(parser, "--to-base-dn", "the release in --to")
    options.add_base_os(parser, "--base-os", "that wrote FILE")
    options.add_base_os(parser, "--to-base-os", "of the release in --to")
    options.add_leave_out(parser)
    options.add_accept(parser)
    options.add_schema(parser)
    options.add_manner(parser)
    parser.set_defaults(run=_run)


def _run(request: argparse.Namespace) -> int:
    source = options.with_schema(
        placed(request.dialect, request.base_dn, "--base-dn"), request.schema
    ).on(request.base_os)
    target = placed(request.to, request.to_base_dn, "--to-base-dn") if request.to else None
    target = target and options.with_schema(target, request.schema).on(request.to_base_os)
    most = None if request.all or request.json else SHOWN
    accepted = options.accepted(request.accept)
    with exports.opened(request.file) as export:
        with export.read() as stream:
            inspection = inspect(stream, source, request.leave_out, most, target, accepted)
        options.check_left_out(inspection.findings)
        refused = _refused(export, source, target, request.leave_out) if target else ""
    if request.json:
        answer = inspection.model_dump(mode="json") | {
            "refused": refused or None,
            "fit_to_move": not (refused or inspection.findings.stop_upgrade),
        }
        sys.stdout.write(json.dumps(answer, indent=1) + "\n")
    else:
        sys.stdout.writelines(_page(inspection, source, target, refused))
    unfit = refused or inspection.findings.count(Severity.ERROR)
    return exit_codes.FOUND if unfit else exit_codes.FINE


def _refused(export: Export, source: Dialect, target: Dialect, leave_out: list[str]) -> str:
    """Return why the export cannot be converted. Empty if it can. Reads all entries into memory."""
    with export.read() as stream:
        directory = read_directory(stream)
    try:
        with doing("converting"):
            convert(directory, source, target, leave_out)
    except Refused as refusal:
        return str(refusal)
    return ""


def _page(
    inspection: Inspection, source: Dialect, target: Dialect | None, refused: str
) -> Iterator[str]:
    yield from report.counts(inspection, source)
    yield from report.listed(inspection.findings, source)
    yield from report.accepted(inspection.findings, source)
    yield from report.refusal(refused)
    if target:
        yield from report.administrators(inspection, source, target)
        yield from report.provider_wanted(target)
    yield f"\n{_verdict(inspection, target, refused)}.\n"


def _verdict(inspection: Inspection, target: Dialect | None, refused: str) -> str:
    findings = inspection.findings
    found = report.numbers(findings, refused)
    if refused or findings.stop_upgrade:
        return f"Not fit to move: {found}"
    personal = f". {_PERSONAL}" if findings.count(Severity.ERROR) else ""
    if target:
        return f"Fit to move to {report.release(target)}{found and f': {found}'}{personal}"
    tried = "--to RELEASE also tries the conversion"
    return f"{found or 'Nothing'} against moving; {tried}{personal}"
