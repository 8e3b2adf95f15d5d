"""Twice as much of anything takes twice as many calls. What calls do is timed by `make bench`."""

import io
import sys
from collections.abc import Callable
from types import FrameType

import pytest

from bench.growing.cases import CASES, Texts
from bench.growing.texts import BASE, sudo_role, user
from changeover.identities.audit import inspect
from changeover.identities.findings import Rule
from changeover.soca.dialect import DIALECTS, SOCA_2_6


def calls(work: Callable[..., object], texts: Texts) -> int:
    """How many functions are called, those in C among them."""
    count = 0

    def called(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        work(*texts)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_calls_grow_no_faster_than_what_is_read(case) -> None:
    few, many = case.make(case.few), case.make(4 * case.few)
    case.work(*few)  # what is remembered for later is not counted
    growth = calls(case.work, many) / calls(case.work, few)
    assert growth <= 1.3 * sum(map(len, many)) / sum(map(len, few))


@pytest.mark.parametrize("number", ["9" * 5_000, "-" + "9" * 5_000, "--5", str(2**63), "²"])
def test_a_number_that_no_host_can_have_is_a_finding_and_no_crash(number: str) -> None:
    """Python makes no number of more than 4,300 digits."""
    text = user("mary", 6000).replace("uidNumber: 6000", f"uidNumber: {number}")
    text += sudo_role(f"sudoUser: #{number}\nsudoUser: %#{number}\nsudoCommand: ALL\n")
    found = inspect(io.BytesIO(text.encode()), SOCA_2_6, target=DIALECTS["26.4"].at("dc=x"))
    assert [each.entry for each in found.findings.kept if each.rule is Rule.NO_NUMBER] == [
        f"uid=mary,ou=people,{BASE}"
    ]


def test_a_name_of_megabytes_is_cut_where_others_are_told_of_it() -> None:
    long, short = user("x" * 2_000_000, 6000, uid="mary"), user("b", 6001, uid="mary")
    found = inspect(io.BytesIO((long + short).encode()), SOCA_2_6)
    twins = [each for each in found.findings.kept if each.rule is Rule.TWIN_NAMES]
    assert [len(each.reason) < 2_000 for each in twins] == [True]


def test_what_takes_the_square_is_seen() -> None:
    def work(text: bytes) -> None:
        for at in range(len(text)):
            for _ in range(at):
                text.isascii()

    few, many = (b"x" * 50,), (b"x" * 200,)
    assert calls(work, many) / calls(work, few) > 1.3 * 4
