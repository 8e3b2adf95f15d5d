"""A build of a release installs what requirements/release-build.txt names, by hash, and no more."""

import re

import pytest

from tests.support.templates import ROOT
from tools.pins import HEAD, PINS, TEMPLATE, inline, pins, replaced

WHEEL = {"url": "https://host/boto3-1-py3-none-any.whl", "hashes": {"sha256": "a" * 64}}
FOR_ONE_MACHINE = {"url": "https://host/x-1-cp39-cp39-linux.whl", "hashes": {"sha256": "b" * 64}}


def test_the_build_carries_the_pinned_lines() -> None:
    assert HEAD + inline(TEMPLATE.read_text()) == PINS.read_text()


def test_every_package_that_is_asked_for_is_pinned_by_one_hash() -> None:
    lines = inline(TEMPLATE.read_text()).splitlines()
    assert [
        line for line in lines if not re.fullmatch(r"\S+==\S+ --hash=sha256:\w{64}", line)
    ] == []
    asked = (ROOT / "requirements/release-build.in").read_text().splitlines()[1:]
    assert asked == ["boto3", "colored", "requests"]
    assert set(asked) <= {line.partition("==")[0] for line in lines}


def test_of_a_package_s_wheels_the_one_for_any_machine_is_taken() -> None:
    package = {"name": "boto3", "version": "1", "wheels": [FOR_ONE_MACHINE, WHEEL]}
    assert pins({"packages": [package]}) == f"boto3==1 --hash=sha256:{'a' * 64}\n"


def test_a_package_with_compiled_code_only_is_refused() -> None:
    package = {"name": "x", "version": "1", "wheels": [FOR_ONE_MACHINE]}
    with pytest.raises(ValueError, match="x has no wheel for any machine"):
        pins({"packages": [package]})


def test_new_pins_take_the_old_ones_place() -> None:
    text = TEMPLATE.read_text()
    changed = replaced(text, "boto3==2 --hash=sha256:0\n")
    assert inline(changed) == "boto3==2 --hash=sha256:0\n"
    assert replaced(changed, inline(text)) == text
