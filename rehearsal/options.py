"""The options of `make rehearsal`, checked before anything is started."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from changeover.upgrade.finish import Outcome
from rehearsal.scenario import Scenario
from rehearsal.scenarios import SCENARIOS

_ROOT = Path(__file__).parents[1]
_OUT = _ROOT / "build/rehearsal"
_KNOWN_PASSWORDS = _ROOT / "rehearsal/fixtures/passwords.json"
_NO = ("0", "no")
_MOST_USERS = 100_000
_A_DAY = 86_400  # seconds


@dataclass(frozen=True, slots=True)
class Options:
    """`ldif` replaces the `users` generated ones. `me`: a person approves, not a program.

    `anyway`: start although the check refuses the directory. `out_given`: use only this `out`.
    """

    scenario: Scenario
    users: int
    ldif: Path | None
    passwords: Path
    passwords_given: bool
    anyway: bool
    me: bool
    keep: bool
    out: Path
    out_given: bool


def read_options(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Options from the command line, with the variables of `make` as their defaults."""
    said = _parser(environment).parse_args(arguments)
    scenario, me = SCENARIOS[said.scenario], said.approve == "me"
    return Options(
        scenario=replace(scenario, approval_seconds=_A_DAY) if me else scenario,
        users=said.users,
        ldif=said.ldif,
        passwords=said.passwords or _KNOWN_PASSWORDS,
        passwords_given=said.passwords is not None,
        anyway=said.anyway,
        me=me,
        keep=said.keep,
        out=said.out or _OUT,
        out_given=said.out is not None,
    )


def expected(options: Options, outcome: str) -> Scenario:
    """The expected end of the run. A person as approver may have rejected it."""
    said_no = options.me and outcome == Outcome.REJECTED
    return SCENARIOS["rejected"] if said_no else options.scenario


def _parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    told = {name: value for name, value in environment.items() if value}
    parser = argparse.ArgumentParser(
        prog="make rehearsal",
        description="Upgrade a SOCA cluster on this machine, with the workflow that ships.",
        epilog="Scenarios:\n" + "\n".join(_described(s) for s in SCENARIOS.values()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--scenario", default=told.get("SCENARIO", "completed"), type=_scenario, metavar="NAME")
    add("--users", default=told.get("USERS", "200"), type=_users, metavar="N")
    add(
        "--ldif", default=told.get("LDIF"), type=_file, help="seed live from this whole-tree export"
    )
    add(
        "--passwords",
        default=told.get("PASSWORDS"),
        type=_file,
        help='JSON {"user": "password"}: users of --ldif who log in and use the cluster',
    )
    add(
        "--anyway",
        action=argparse.BooleanOptionalAction,
        default=told.get("ANYWAY", "0") not in _NO,
        help="start although the check refuses the directory, to see the upgrade refuse it",
    )
    add("--approve", default=told.get("APPROVE", "auto"), type=_approver, metavar="auto|me")
    add(
        "--keep",
        action=argparse.BooleanOptionalAction,
        default=told.get("KEEP", "0") not in _NO,
        help="keep everything running at the end, to look around",
    )
    add(
        "--out",
        default=told.get("OUT"),
        type=Path,
        help="folder for the report; default: build/rehearsal, or one beside it if that is in use",
    )
    return parser


def _described(scenario: Scenario) -> str:
    return f"  {scenario.name:20} {scenario.about} [{scenario.outcome}]"


def _scenario(name: str) -> str:
    if name not in SCENARIOS:
        raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(SCENARIOS)}")
    return name


def _approver(text: str) -> str:
    if text not in ("auto", "me"):
        raise argparse.ArgumentTypeError(f"{text!r} must be auto or me")
    return text


def _users(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_USERS:
        raise argparse.ArgumentTypeError(f"{text!r} must be a number from 1 to {_MOST_USERS}")
    return int(text)


def _file(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_file() or not os.access(path, os.R_OK):
        raise argparse.ArgumentTypeError(f"{text} is not a readable file")
    return path
