"""Field cases 01 to 03: passwords that people met when they migrated directories."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from changeover import cli
from changeover.identities import directories

FIELD = Path(__file__).parent
KIM = "uid=kim,ou=people,dc=soca,dc=local"


@pytest.fixture
def checked(
    capfd: pytest.CaptureFixture[str],
) -> Callable[..., tuple[int, dict[str, Any]]]:
    def run(path: Path, *more: str) -> tuple[int, dict[str, Any]]:
        status = cli.main(["identities", "check", str(path), "--json", *more])
        return status, json.loads(capfd.readouterr().out)

    return run


def test_a_line_end_behind_a_hash_is_as_slapd_takes_it(checked) -> None:
    status, told = checked(FIELD / "01-newline-after-hash.ldif")
    assert (status, told["findings"]["by_rule"]) == (0, {})
    assert (told["counts"]["users"], told["counts"]["password_hashes"]) == (2, 2)


def test_the_value_moves_byte_by_byte(capfdbinary, tmp_path: Path) -> None:
    source = FIELD / "01-newline-after-hash.ldif"
    assert cli.main(["identities", "convert", str(source), "--to", "2.6"]) == 0
    out = tmp_path / "out.ldif"
    out.write_bytes(capfdbinary.readouterr().out)
    with source.open("rb") as before, out.open("rb") as after:
        old, new = directories.read_directory(before), directories.read_directory(after)
    assert new[KIM].first("userpassword").endswith(b"\n")
    assert new[KIM].first("userpassword") == old[KIM].first("userpassword")


def test_a_hash_that_is_cut_short_stays_an_error(checked, tmp_path: Path) -> None:
    tree = tmp_path / "cut.ldif"
    text = (FIELD / "02-locked-on-purpose.ldif").read_text()
    tree.write_text(text.replace("{SSHA}!FTtL", "{SSHA}FT"))
    status, told = checked(tree)
    assert status == 1
    assert {found["rule"] for found in told["findings"]["kept"]} == {"damaged-hash"}


def test_who_is_locked_on_purpose_is_told_and_stops_nothing(checked) -> None:
    status, told = checked(FIELD / "02-locked-on-purpose.ldif")
    assert status == 0
    (found,) = told["findings"]["kept"]
    assert (found["entry"], found["rule"], found["severity"]) == (KIM, "locked-account", "warning")
    assert "locked" in found["reason"]
    assert "stays locked" in found["remedy"]
    assert (told["counts"]["password_hashes"], told["counts"]["locked"]) == (1, 1)


def test_who_is_known_to_be_locked_is_accepted_by_name(checked) -> None:
    _, told = checked(
        FIELD / "02-locked-on-purpose.ldif",
        *("--accept", "locked-account:kim", "--accept", "locked-account:kimberley"),
    )
    assert told["findings"]["kept"] == []
    assert [found["entry"] for found in told["findings"]["accepted"]] == [KIM]
    assert told["findings"]["unmatched"] == ["locked-account:kimberley"]


def test_a_crypt_text_is_judged_by_the_hosts_libcrypt(checked, tmp_path: Path) -> None:
    """The hash in the file is truncated, so no host accepts a password for it."""
    path = FIELD / "03-crypt-of-another-host.ldif"
    status, told = checked(path)
    (found,) = told["findings"]["kept"]
    assert (status, found["entry"], found["rule"]) == (1, KIM, "damaged-hash")
    assert "yescrypt" in found["reason"]
    assert (told["counts"]["password_hashes"], told["counts"]["unusable"]) == (1, 1)
    whole = tmp_path / "whole.ldif"
    whole.write_text(path.read_text().replace("klmno\n", "klmnopA\n"))
    status, told = checked(whole)
    (found,) = told["findings"]["kept"]
    assert (status, found["entry"], found["severity"]) == (0, KIM, "warning")
    assert "yescrypt" in found["reason"]
    assert (told["counts"]["password_hashes"], told["counts"]["unusable"]) == (1, 1)
    to = ("--to", "26.4", "--to-base-dn", "dc=edh,dc=local")
    status, told = checked(whole, *to)
    assert [found["rule"] for found in told["findings"]["kept"]] == ["crypt-method"]
    assert (told["counts"]["password_hashes"], told["counts"]["host_dependent"]) == (1, 1)
    status, told = checked(whole, *to, "--base-os", "amazonlinux2023", "--to-base-os", "ubuntu2204")
    assert (status, told["findings"]["kept"], told["counts"]["host_dependent"]) == (0, [], 0)
