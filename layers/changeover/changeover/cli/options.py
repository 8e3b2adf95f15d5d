"""What several commands ask for in the same words."""

import argparse
from pathlib import Path

from changeover.cli.ending import Unusable
from changeover.dialect import DIALECTS, Dialect, dialect_of
from changeover.identities import dn


def add_file(parser: argparse.ArgumentParser, name: str, about: str) -> None:
    parser.add_argument(
        name, metavar=name.upper(), type=Path, help=f"{about}: LDIF, gzipped or not"
    )


def add_dialect(parser: argparse.ArgumentParser, option: str, whose: str) -> None:
    """Of the oldest dialect, unless told otherwise."""
    parser.add_argument(
        option,
        metavar="RELEASE",
        type=dialect,
        default=dialect(next(iter(DIALECTS))),
        help=f"the release of SOCA that {whose}, such as 2.6 (default) or 25.11.0",
    )


def add_leave_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--leave-out",
        metavar="NAME",
        action="append",
        default=[],
        help="an account that does not move, such as the installer's own; may be repeated",
    )


def add_manner(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="list all there is, however much")
    parser.add_argument("--json", action="store_true", help="answer in JSON, for programs")


def dialect(version: str) -> Dialect:
    try:
        return dialect_of(version)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def placed(spoken: Dialect, base_dn: str | None, option: str) -> Dialect:
    """The dialect with the base DN that the option gave, or else with its own."""
    if base_dn is not None:
        try:
            dn.normal(base_dn)
        except ValueError as error:
            raise Unusable(f"{option}: {error}") from error
        return spoken.at(base_dn)
    if "{" in spoken.base:
        raise Unusable(f"SOCA {spoken.name} names its base DN after the cluster: give {option}")
    return spoken
