"""`changeover identities convert`: write an export in the form of another release of SOCA."""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from changeover.cli import exit_codes, exports, options, output, report
from changeover.cli.options import placed
from changeover.cli.progress import doing
from changeover.cli.text import SHOWN
from changeover.errors import Refused
from changeover.identities.conversion import convert_movable
from changeover.identities.directories import Directory, read_directory, write_directory
from changeover.identities.findings import Findings, Severity
from changeover.identities.rules.checker import Checker
from changeover.identities.scope import check_base, movable
from changeover.ldap import dn
from changeover.soca.dialect import Dialect


def add_convert(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "write the entries that move in the form of another release of SOCA"
    parser = commands.add_parser("convert", help=about, description=about)
    options.add_file(parser, "file", "the export of a whole directory")
    options.add_dialect(parser, "--from", "wrote it")
    options.add_base_dn(parser, "--from-base-dn", "FILE")
    parser.add_argument(
        "--to",
        metavar="RELEASE",
        type=options.dialect,
        required=True,
        help="the release that reads it",
    )
    options.add_base_dn(parser, "--base-dn", "OUT")
    options.add_leave_out(parser)
    options.add_accept(parser)
    options.add_schema(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        type=Path,
        default=output.STDOUT,
        help="output file (contains password hashes); - is stdout, which is the default",
    )
    parser.set_defaults(run=_run)


def _run(request: argparse.Namespace) -> int:
    source = options.with_schema(
        placed(vars(request)["from"], request.from_base_dn, "--from-base-dn"), request.schema
    )
    target = options.with_schema(placed(request.to, request.base_dn, "--base-dn"), request.schema)
    place = output.place(request.output)
    with exports.opened(request.file) as export:
        place.spare(export)
        with export.read() as stream:
            directory = read_directory(stream)
    with doing("checking and converting"):
        check_base(directory, source)
        accepted = options.accepted(request.accept)
        entries = movable(directory, source, (*source.bootstrap_accounts, *request.leave_out))
        checker = Checker(source, SHOWN, target, accepted)
        findings = _findings(checker, entries, _unknown(request.leave_out, directory, source))
        options.check_left_out(findings)
        moved, refused = _converted(entries, source, target)
    if refused or findings.count(Severity.ERROR):
        place.aside.writelines(_refusal(findings, source, refused))
        return exit_codes.FOUND
    place.write(write_directory(moved.values()))
    place.aside.write(
        f"{len(moved):,} of {len(directory):,} entries, from SOCA {source.name} ({source.base_dn})"
        f" to {target.name} ({target.base_dn})\n"
    )
    place.aside.writelines(report.unmatched(findings))
    place.aside.writelines(report.provider_wanted(target))
    return exit_codes.FINE


def _findings(checker: Checker, entries: Directory, unknown: Iterable[str]) -> Findings:
    """Check the entries that are converted: the file may change before it can be read again."""
    checker.look_at_all({name: entry.row() for name, entry in entries.items()})
    for account in unknown:
        checker.miss(account)
    return checker.findings()


def _unknown(accounts: Iterable[str], directory: Directory, source: Dialect) -> Iterator[str]:
    """Yield the accounts that have no entry in the directory."""
    for account in accounts:
        if not any(dn.normal(name) in directory for name in source.account_entries(account)):
            yield account


def _converted(entries: Directory, source: Dialect, target: Dialect) -> tuple[Directory, str]:
    """Return the converted entries, or the reason why they cannot be converted."""
    try:
        return convert_movable(entries, source, target), ""
    except Refused as refusal:
        return {}, str(refusal)


def _refusal(findings: Findings, source: Dialect, refused: str) -> Iterator[str]:
    yield from report.listed(findings, source)
    yield from report.accepted(findings, source)
    yield from report.refusal(refused)
    yield f"\nNothing was written: {report.numbers(findings, refused)}.\n"
    if findings.count(Severity.ERROR):
        yield "To accept an error that is known to be harmless, use --accept RULE[:NAME].\n"
