"""Whole rehearsals, as `make rehearsal` runs them: every scenario ends as it is defined."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from changeover.upgrade.finish import Outcome
from rehearsal.actors import soca_entries
from rehearsal.actors.passwords import hash_password
from rehearsal.console.printout import REFUSED
from rehearsal.scenarios import SCENARIOS
from tests.rehearsal.sample import without_figures
from tests.support.dashboard import EMITTED, emitted, is_one_of, shown

ROOT = Path(__file__).parents[2]
KNOWN = ROOT / "rehearsal/fixtures/passwords.json"
FULL_TREE = ROOT / "tests/rehearsal/soca-2.6.1-full-tree.ldif"
REPORTED = {"scenario", "outcome", "cause", "execution", "traffic", "identities", "timeline"}


def run(out: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    variables = ("SCENARIO", "LDIF", "PASSWORDS", "ANYWAY", "APPROVE", "KEEP", "OUT")
    return subprocess.run(
        [sys.executable, "-m", "rehearsal", "--out", out, *options],
        cwd=ROOT,
        env=os.environ | dict.fromkeys(variables, ""),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def rehearse(out: Path, *options: str) -> tuple[dict[str, Any], str]:
    """The report of a rehearsal that ended as defined, and what was printed."""
    ended = run(out, *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    report = json.loads((out / "report.json").read_text())
    check_metrics(report)
    return report, ended.stdout


def check_metrics(report: dict[str, Any]) -> None:
    """Assert that emitted metrics are shown, and that this scenario's metrics were emitted."""
    found = emitted(report)
    assert not [one for one in found if not is_one_of(one, shown())]
    missing = [one for one in EMITTED.get(report["scenario"], ()) if not is_one_of(one, found)]
    assert not missing


# `make test` runs one scenario of each kind; `make long` runs the others.
ALWAYS = {"image-build-fails", "new-image"}
# These complete and were not started by an image. Each has its own test.
COMPLETED = {"completed", "stack-updated"}


def scenarios(*, completing: bool) -> list[Any]:
    return [
        pytest.param(name, marks=() if name in ALWAYS else pytest.mark.long)
        for name, each in SCENARIOS.items()
        if (each.outcome is Outcome.COMPLETED) is completing and name not in COMPLETED
    ]


@pytest.mark.parametrize("scenario", scenarios(completing=False))
def test_it_fails_as_defined_and_nobody_notices(scenario: str, tmp_path: Path) -> None:
    report, _ = rehearse(tmp_path, "--scenario", scenario, "--users", "40")
    assert report.keys() >= REPORTED
    assert report["outcome"] == SCENARIOS[scenario].outcome
    assert report["execution"]["status"] in ("FAILED", "NONE")
    assert SCENARIOS[scenario].why in report["cause"]
    assert report["problems"] == []
    assert report["traffic"]["failed"] == 0
    assert report["live_release"] == "hpc-r1"
    assert report["lock"] == ("held" if scenario == "locked" else "free")


def test_a_whole_upgrade_completes(tmp_path: Path) -> None:
    report, printed = rehearse(tmp_path, "--users", "200")
    identities = report["identities"]
    assert report["outcome"] == "completed"
    assert report["traffic"]["failed"] == 0
    assert set(report["traffic"]["by_release"]) == {"hpc-r1", "hpc-r2"}
    assert identities["live_digest"] == identities["candidate_digest"]
    assert identities["logins_ok"] == identities["logins_tried"] == identities["users"]
    assert report["live_release"] == "hpc-r2"
    assert report["execution"]["cost_usd"] < 0.05
    assert report["freeze_seconds"] > 0
    sample = (ROOT / "README.md").read_text().split("<!-- sample -->\n```\n")[1].split("```")[0]
    assert without_figures(sample) == without_figures(printed)[-len(without_figures(sample)) :]


@pytest.mark.long
def test_users_notice_nothing_of_the_apps_own_stack_updates(tmp_path: Path) -> None:
    report, printed = rehearse(tmp_path, "--scenario", "stack-updated", "--users", "40")
    assert (report["outcome"], report["problems"]) == ("completed", [])
    assert report["traffic"]["failed"] == 0
    assert set(report["traffic"]["by_release"]) == {"hpc-r1", "hpc-r2"}
    assert "the app's stack was updated" in printed


@pytest.mark.parametrize("scenario", scenarios(completing=True))
def test_an_image_starts_one_upgrade_on_it_and_the_report_says_which(
    scenario: str, tmp_path: Path
) -> None:
    report, _ = rehearse(tmp_path, "--scenario", scenario, "--users", "40")
    assert (report["outcome"], report["problems"]) == ("completed", [])
    assert report["traffic"]["failed"] == 0
    live, candidate = report["images"]["hpc-r1"], report["images"]["hpc-r2"]
    assert candidate["image"] == report["image"] != live["image"]
    assert candidate["vulnerabilities"] == {"critical": 0, "high": 0, "medium": 0}
    assert candidate["recipe"]
    assert candidate["base"].startswith("ami-")
    assert candidate["age_days"] <= live["age_days"]
    refreshed = ("Refresh Image", "Check Image", "Judge Image", "Record Image", "Promote Image")
    tasks = [visit["state"] for visit in report["timeline"] if visit["kind"] == "task"]
    assert list(dict.fromkeys(tasks))[: len(refreshed)] == list(refreshed)


@pytest.mark.long
def test_a_site_s_own_directory_goes_back_with_what_was_changed_on_the_candidate(
    tmp_path: Path,
) -> None:
    """Users whom live refuses, or lets in by SSH only, are named and do not use the cluster."""
    known = json.loads(KNOWN.read_text())
    tree, passwords = tmp_path / "tree.ldif", tmp_path / "known.json"
    hashed = hash_password("Spring#2021", bytes(16))
    may = soca_entries.user("may", 7001, hashed).replace("uid=may,", "cn=may+uid=may,")
    rest = may + soca_entries.group("may", 7001)
    tree.write_text(FULL_TREE.read_text() + "\n" + rest)
    passwords.write_text(json.dumps({"may": "Spring#2021", **known, "jdoe": "wrong", "zed": "x"}))
    report, printed = rehearse(
        *(tmp_path / "out", "--ldif", str(tree), "--passwords", str(passwords)),
        *("--scenario", "bake-fails"),
    )
    identities = report["identities"]
    assert identities["live_digest"] == identities["candidate_digest"]
    assert identities["logins_ok"] == identities["logins_tried"] == 3
    assert (identities["logins_by_ssh"], identities["logins_refused_on_live"]) == (
        ["may"],
        ["jdoe"],
    )
    assert report["traffic"]["failed"] == 0
    before, _, _ = printed.partition("starting the control plane")
    assert "login by SSH only: may;" in before
    assert "no login on live: jdoe;" in before
    assert "known.json: zed" in before
    opened = "3 of 3 passwords that log in on live also log in on hpc-r1 (1 by SSH alone: may)"
    assert f"{opened}; 1 did not on live: jdoe" in printed


def test_a_refused_directory_is_refused_by_the_upgrade_as_by_the_check_before(
    tmp_path: Path,
) -> None:
    tree = tmp_path / "tree.ldif"
    bad = soca_entries.user("bad", 7001, hash_password("Spring#2021", bytes(16)))
    # slapd accepts it, but no host does. Only the check can refuse it.
    odd = bad.replace("uidNumber: 7001", f"uidNumber: {10**20}")
    tree.write_text(FULL_TREE.read_text() + "\n" + odd + soca_entries.group("bad", 7001))
    told = run(tmp_path / "out", "--ldif", str(tree))
    assert told.returncode == 1
    assert "no-number: 1\n  uid=bad,ou=people" in told.stdout
    assert REFUSED in told.stdout
    assert "control plane" not in told.stdout
    assert "uid=bad,ou=people" in (tmp_path / "out/findings.txt").read_text()
    report, printed = rehearse(tmp_path / "out", "--ldif", str(tree), "--anyway")
    assert (report["outcome"], report["problems"]) == ("discarded", [])
    assert "uid=bad,ou=people,dc=soca,dc=local: its uidNumber is 1000" in report["cause"]
    assert printed.rstrip().endswith(REFUSED)
    assert "NOT AS DEFINED" not in printed


@pytest.mark.long
def test_a_site_s_own_directory_moves_with_its_passwords(tmp_path: Path) -> None:
    report, _ = rehearse(tmp_path, "--ldif", str(FULL_TREE))
    identities = report["identities"]
    assert (identities["users"], identities["groups"], identities["sudo_roles"]) == (3, 4, 1)
    assert identities["logins_ok"] == identities["logins_tried"] == 3


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            FULL_TREE.read_bytes()[:900],
            "line 44: the entry 'uid=ma' has no attributes; is the file cut off?",
        ),
        (b"hello\n", "line 1: neither 'name: value' nor a continuation"),
        (b"dn: dc=soca,dc=local\nobjectClass: domain\n", "it contains no user"),
        (b"dn: dc=other\nobjectClass: domain\n", "not a whole tree"),
    ],
)
def test_an_unusable_file_is_refused_before_anything_starts(
    content: bytes, reason: str, tmp_path: Path
) -> None:
    ldif = tmp_path / "given.ldif"
    ldif.write_bytes(content)
    refused = run(tmp_path / "out", "--ldif", str(ldif))
    assert refused.returncode == 2
    assert f"error: {ldif}: " in refused.stderr
    assert reason in refused.stderr
    assert "control plane" not in refused.stdout
    assert not (tmp_path / "out").exists()
