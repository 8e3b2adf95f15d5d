"""Repairs on SOCA's own 2.6.1, its tag and its last state before the next number."""

import re
from dataclasses import replace

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from changeover.build.proof import prove
from changeover.build.repairs import repair
from changeover.build.report import Verdict
from changeover.build.template import Template
from changeover.build.tree import Tree
from tests.support.release_trees import SETTINGS, TOP, vendor, vendors

# The number of wiring faults and of roles, as counted by hand.
STATES = {"2.6.1": (7, 7), "2.6.1-late": (18, 8)}
REGION = ManualArgs(regions=["us-east-1"])
RELEASES = vendors(*STATES)
pytestmark = pytest.mark.skipif(not RELEASES, reason="VENDOR_TREES names no folder with 2.6.1")


def used(tree: Tree) -> dict[str, str]:
    """The stack's templates, by path."""
    top = Template(TOP, tree[TOP].data.decode())
    return {path: tree[path].data.decode() for path in (TOP, *top.children.values())}


def lint_errors(tree: Tree) -> list[str]:
    """Errors of cfn-lint; the placeholders are replaced as the build replaces them."""
    return [
        f"{path}: {match}"
        for path, text in used(tree).items()
        for match in lint(re.sub(r"%%\w+%%", "placeholder", text), config=REGION)
        if match.rule.severity == "error"
    ]


@pytest.mark.parametrize("release", RELEASES)
def test_as_shipped_it_has_the_faults_that_were_counted_by_hand(release: str) -> None:
    wiring, roles = STATES[release]
    found = {item.name: item.why for item in prove(vendor(release), SETTINGS)}
    assert found["wiring"].count("; ") + 1 == wiring
    assert found["boundary"].count("has no PermissionsBoundary") == roles


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("roles", ["own", "app's"])
def test_repaired_it_passes_every_proof_and_cfn_lint(release: str, roles: str) -> None:
    settings = replace(SETTINGS, release_roles=roles == "app's")
    tree, items = repair(vendor(release), settings)
    assert {item.verdict for item in items} <= {Verdict.APPLIED, Verdict.UPSTREAM}
    assert {item.verdict for item in prove(tree, settings)} == {Verdict.APPLIED}
    assert lint_errors(tree) == []
    assert repair(tree, settings)[0] == tree


@pytest.mark.parametrize("release", RELEASES)
def test_every_role_is_counted(release: str) -> None:
    tree, _ = repair(vendor(release), SETTINGS)
    told = {item.name: item.why for item in prove(tree, SETTINGS)}["boundary"]
    assert (
        told == f"{STATES[release][1]} of {STATES[release][1]} roles have the permissions boundary"
    )
