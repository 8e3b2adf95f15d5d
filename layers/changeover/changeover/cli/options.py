"""Options that several commands share."""

import argparse
import re
import sys
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from changeover.cli.exit_codes import Unusable
from changeover.identities.accepted_findings import Acceptance, Acceptances, Accepted
from changeover.identities.findings import Findings, Rule
from changeover.ldap.schema_definitions import BadSchema
from changeover.soca.crypt_methods import HOSTS_OF
from changeover.soca.dialect import DIALECTS, Dialect, dialect_of
from changeover.types import AccountName, BaseDn

# All of OpenLDAP's schemas together have 0.2 MB.
_MOST_OF_A_SCHEMA = 4 << 20


def add_file(parser: argparse.ArgumentParser, name: str, about: str) -> None:
    parser.add_argument(
        name, metavar=name.upper(), type=Path, help=f"{about}: LDIF, gzipped or not; - is stdin"
    )


def add_dialect(parser: argparse.ArgumentParser, option: str, whose: str) -> None:
    """Add the option for a SOCA release. The default is the oldest dialect."""
    parser.add_argument(
        option,
        metavar="RELEASE",
        type=dialect,
        default=next(iter(DIALECTS.values())),
        help=f"the release of SOCA that {whose}, such as 2.6 (default) or 25.11.0",
    )


def add_base_dn(parser: argparse.ArgumentParser, option: str, whose: str) -> None:
    parser.add_argument(
        option,
        metavar="DN",
        type=_typed(BaseDn, "a base DN, such as dc=hpc,dc=local"),
        help=f"base DN of {whose}; required for 24.10 and later",
    )


def add_leave_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--leave-out",
        metavar="NAME",
        type=_typed(AccountName, "an account's name"),
        action="append",
        default=[],
        help="an account that does not move, such as the installer's own; may be repeated",
    )


def add_schema(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--schema",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="schema definitions that the directory's slapd loads in addition to SOCA's (*.schema,"
        " or LDIF of a schema); may be repeated",
    )


def add_manner(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="list everything, without a limit")
    parser.add_argument("--json", action="store_true", help="write JSON, for programs")


def dialect(version: str) -> Dialect:
    try:
        known = dialect_of(version)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if known.last is None and tuple(map(int, re.findall(r"\d+", version)[:2])) > known.first:
        sys.stderr.write(f"changeover: SOCA {version} is not known yet: treated as {known.name}\n")
    return known


def placed(dialect: Dialect, base_dn: str | None, option: str) -> Dialect:
    """Return the dialect with the option's base DN, otherwise with its default base DN.

    Raises Unusable if the option is missing and the dialect has no default.
    """
    if base_dn is not None:
        return dialect.at(base_dn)
    if "{" in dialect.base:
        raise Unusable(f"SOCA {dialect.name} names its base DN after the cluster: give {option}")
    return dialect


def add_base_os(parser: argparse.ArgumentParser, option: str, whose: str) -> None:
    parser.add_argument(
        option,
        metavar="OS",
        choices=HOSTS_OF,
        default="",
        help=f"operating system of the scheduler {whose} (SOCA's BaseOS), which decides what hashes"
        f" open: one of {', '.join(HOSTS_OF)}; default: any that the release runs on",
    )


def with_schema(dialect: Dialect, files: list[Path]) -> Dialect:
    """Return the dialect with the schema definitions in these files."""
    try:
        return dialect.with_schema({str(file): _schema_text(file) for file in files})
    except (OSError, UnicodeDecodeError, BadSchema) as error:
        raise Unusable(f"--schema: {error}") from None


def _schema_text(file: Path) -> str:
    with file.open("rb") as stream:
        text = stream.read(_MOST_OF_A_SCHEMA + 1)
    if len(text) > _MOST_OF_A_SCHEMA:
        limit = f"{_MOST_OF_A_SCHEMA >> 20} MiB"
        raise Unusable(f"--schema: {file}: has more than {limit}; name a file of definitions")
    return text.decode()


def add_accept(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--accept",
        metavar="RULE[:NAME]",
        type=_acceptance,
        action="append",
        default=[],
        help="accept findings that are known to be harmless: of a rule, or of a rule for one entry"
        f" by its DN, uid or cn; may be repeated. Rules: {', '.join(_ACCEPTABLE)}",
    )


def check_left_out(findings: Findings) -> None:
    """Raises Unusable if an account to leave out does not exist: a misspelled one would move."""
    for finding in findings.kept:
        if finding.rule is Rule.NOBODY_LEFT_OUT:
            raise Unusable(f"--leave-out: {finding.reason}: {finding.remedy}")


# An unknown account in --leave-out is an error of the command, not a finding in the directory.
_ACCEPTABLE = tuple(rule for rule in Rule if rule is not Rule.NOBODY_LEFT_OUT)
_acceptances = TypeAdapter[tuple[Acceptance, ...]](Acceptances)


def _acceptance(text: str) -> tuple[Acceptance, ...]:
    rule, colon, entry = text.partition(":")
    if colon and not entry.strip():
        raise argparse.ArgumentTypeError(
            f"{text!r} names no entry: write its DN, uid or cn after the colon, or omit the colon"
            " to accept the whole rule"
        )
    try:
        found = _acceptances.validate_python([text])
    except ValidationError:
        found = ()
    if not found or found[0].rule not in _ACCEPTABLE:
        close = ", ".join(get_close_matches(rule.lower(), _ACCEPTABLE))
        near = f"did you mean {close}? Rules" if close else "rules"
        known = ", ".join(_ACCEPTABLE)
        raise argparse.ArgumentTypeError(
            f"{rule!r} is not a rule that can be accepted; {near} are: {known}"
        )
    return found


def accepted(given: Iterable[tuple[Acceptance, ...]]) -> Accepted:
    """Combine the values of all `--accept` options."""
    return Accepted(each for acceptances in given for each in acceptances)


def _typed(kind: Any, meant: str) -> Callable[[str], str]:
    adapter = TypeAdapter[str](kind)

    def parse(text: str) -> str:
        try:
            return adapter.validate_python(text or " ")
        except ValidationError:
            raise argparse.ArgumentTypeError(f"{text!r} is not {meant}") from None

    return parse
