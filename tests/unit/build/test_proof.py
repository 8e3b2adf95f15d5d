"""Each proof finds its fault, and says where."""

from dataclasses import replace

import pytest

from changeover.build.proof import prove
from changeover.build.repairs import repair
from changeover.build.report import Verdict
from changeover.build.settings import BuildSettings
from changeover.build.tree import Tree
from tests.support.release_trees import SETTINGS, TOP, edited, stand_in

SECURITY = "source/templates/Security.template"
VIEWER = "source/templates/Viewer.template"


def repaired() -> Tree:
    return repair(stand_in(), SETTINGS)[0]


def faults(tree: Tree, settings: BuildSettings = SETTINGS) -> dict[str, str]:
    return {i.name: i.why for i in prove(tree, settings) if i.verdict is Verdict.BLOCKED}


def test_what_holds_is_said() -> None:
    told = {item.name: item.why for item in prove(repaired(), SETTINGS)}
    assert told["boundary"] == "7 of 7 roles have the permissions boundary"
    assert told["templates"] == "6 templates are YAML without doubled keys"


@pytest.mark.parametrize(
    ("path", "old", "new", "proof", "told"),
    [
        (TOP, "Outputs:\n", "Outputs:\n  BaseOS:\n    Value: x\n", "templates", "BaseOS"),
        (TOP, "Resources:\n", "Resources:\n\t", "templates", "it is not valid YAML"),
        (TOP, "Resources:\n", "Things:\n", "templates", "has no Resources"),
        (TOP, "templates/Viewer.template", "templates/Nobody.template", "templates", "missing"),
        (TOP, "/templates/Viewer.template", "/pages/Viewer.html", "templates", "TemplateURL"),
        (TOP, "!Ref PublicSubnet1", "!Ref PublicSubnet9", "references", "PublicSubnet9"),
        (TOP, "DependsOn: Viewer", "DependsOn: Painter", "references", "Painter"),
        (TOP, "!If [UseCustomAMI", "!If [UseOwnAMI", "references", "UseOwnAMI"),
        (TOP, "!FindInMap [Info", "!FindInMap [Facts", "references", "Facts"),
        (VIEWER, "!Sub ${ClusterId}-viewer", "!Sub ${Cluster}-viewer", "references", "Cluster"),
        (VIEWER, "!GetAtt LoadBalancer.", "!GetAtt Balancer.", "references", "Balancer"),
        (TOP, "EIPNat: !Ref EIPNat\n", "NatEIP: !Ref EIPNat\n", "wiring", "NatEIP"),
        (TOP, "Outputs.SchedulerPrivateIP", "Outputs.PrivateIP", "wiring", "PrivateIP"),
        (SECURITY, SETTINGS.boundary, "arn:aws:iam::1:policy/x", "boundary", "policy/x"),
        (SECURITY, "hpc-scheduler-host", "lab-scheduler-host", "scheduler-policy", "lacks"),
        (TOP, "Runtime: python3.13", "Runtime: python3.8", "runtimes", "python3.8"),
        (VIEWER, "}-viewer", "}-viewer-of-many-words", "names", "32"),
    ],
)
def test_a_fault_is_found(path: str, old: str, new: str, proof: str, told: str) -> None:
    found = faults(edited(repaired(), path, (old, new)))
    assert told in found[proof]


def test_all_faults_are_told_at_once() -> None:
    tree = edited(repaired(), TOP, ("Runtime: python3.13", "Runtime: python3.7"))
    tree = edited(tree, SECURITY, (SETTINGS.boundary, "arn:aws:iam::1:policy/x"))
    found = faults(tree)
    assert set(found) == {"runtimes", "boundary"}
    assert found["boundary"].count("policy/x") == 5


def test_a_parameter_named_like_the_boundary_makes_up_for_no_role() -> None:
    tree = edited(
        repaired(),
        SECURITY,
        (
            "Parameters:\n",
            "Parameters:\n  PermissionsBoundary:\n    Type: String\n    Default: x\n",
        ),
    )
    tree = edited(tree, SECURITY, (f"      PermissionsBoundary: {SETTINGS.boundary}\n", ""))
    assert "boundary" in faults(tree)


def test_the_policy_on_another_role_does_not_count() -> None:
    line = (
        '        - !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/'
        'changeover-hpc-scheduler-host"\n'
    )
    tree = edited(repaired(), SECURITY, (line, ""))
    text = tree[SECURITY].data.decode()
    moved = text.replace("      ManagedPolicyArns:\n", f"      ManagedPolicyArns:\n{line}", 1)
    found = faults(edited(tree, SECURITY, (text, moved)))
    assert "SchedulerIAMRole lacks" in found["scheduler-policy"]


def test_a_renamed_scheduler_role_is_traced() -> None:
    tree = edited(repaired(), SECURITY, ("SchedulerIAMRole", "HeadRole"))
    tree = edited(tree, TOP, ("Outputs.SchedulerIAMRole", "Outputs.HeadRole"))
    assert faults(tree) == {}


def test_a_host_whose_role_cannot_be_told_is_a_fault() -> None:
    scheduler = "source/templates/Scheduler.template"
    tree = edited(
        repaired(), scheduler, ("!Ref SchedulerIAMInstanceProfile", "!ImportValue profile")
    )
    assert "nobody can tell" in faults(tree)["scheduler-policy"]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ClientIp", "10.0.0.0", "pattern"),
        ("UserName", "ab", "fewer than 3"),
        ("UserPassword", "A" * 51, "more than 50"),
        ("BaseOS", "windows", "none of"),
        ("Nobody", "x", "no parameter Nobody"),
    ],
)
def test_values_fit_the_templates_parameters(name: str, value: str, told: str) -> None:
    found = faults(repaired(), replace(SETTINGS, parameters={name: value}))
    assert told in found["parameters"]


def test_what_the_app_offers_need_not_be_declared() -> None:
    offered = {"VpcId": "vpc-1", "NobodyAsksForIt": "x"}
    told = faults(repaired(), replace(SETTINGS, offered=offered))["parameters"]
    assert "NobodyAsksForIt" not in told
    assert "SSHKeyPair has no value" in told
    assert "UserPassword" not in told


def test_an_alias_is_refused_as_cloudformation_does() -> None:
    """A few of them could also stand for gigabytes."""
    bomb = "Resources:\n  A: &a [x, x]\n  B: &b [*a, *a]\n"
    assert "alias" in faults(edited(repaired(), VIEWER, ("Resources:\n", bomb)))["templates"]


def test_a_release_without_the_template_is_refused() -> None:
    found = faults(repaired(), replace(SETTINGS, template="other.template"))
    assert "no template other.template" in found["templates"]


def test_a_template_larger_than_cloudformation_takes_is_refused() -> None:
    tree = edited(repaired(), VIEWER, ("Outputs:\n", "#" * 1_000_001 + "\nOutputs:\n"))
    assert "1,000,000" in faults(tree)["templates"]
