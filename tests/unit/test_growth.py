"""Twice as much of anything takes twice as many calls. What calls do is timed by `make bench`."""

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from bench.growing.cases import CASES, Texts


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


def test_what_takes_the_square_is_seen() -> None:
    def work(text: bytes) -> None:
        for at in range(len(text)):
            for _ in range(at):
                text.isascii()

    few, many = (b"x" * 50,), (b"x" * 200,)
    assert calls(work, many) / calls(work, few) > 1.3 * 4
