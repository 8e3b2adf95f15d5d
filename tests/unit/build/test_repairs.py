"""Repairs on the stand-in release, which has the faults of SOCA 2.6.1."""

from dataclasses import replace

import pytest
import yaml

from changeover.build.proof import prove
from changeover.build.repairs import repair
from changeover.build.repairs.catalog import REPAIRS
from changeover.build.report import Item, Verdict
from changeover.build.settings import BuildSettings
from changeover.build.template import Template
from changeover.build.tree import Tree
from changeover.build.yaml_nodes import get, plain
from tests.support.release_trees import CERTIFICATE, SETTINGS, TOP, edited, stand_in

SECURITY = "source/templates/Security.template"
VIEWER = "source/templates/Viewer.template"
CONFIGURATION = "source/templates/Configuration.template"
ANALYTICS = "source/templates/Analytics.template"
ROLES = replace(SETTINGS, release_roles=True)


def verdicts(items: tuple[Item, ...]) -> dict[str, Verdict]:
    return {item.name: item.verdict for item in items}


def of(items: tuple[Item, ...], name: str) -> Item:
    return next(item for item in items if item.name == name)


def value(tree: Tree, path: str, *keys: str) -> object:
    return plain(get(Template(path, tree[path].data.decode()).root, *keys))


def broken(tree: Tree, settings: BuildSettings = SETTINGS) -> dict[str, str]:
    return {i.name: i.why for i in prove(tree, settings) if i.verdict is Verdict.BLOCKED}


def test_the_release_as_shipped_fails_these_proofs() -> None:
    assert set(broken(stand_in())) == {"wiring", "boundary", "scheduler-policy", "runtimes"}


@pytest.mark.parametrize("settings", [SETTINGS, ROLES], ids=["own-roles", "app-roles"])
def test_a_repaired_release_passes_every_proof(settings: BuildSettings) -> None:
    tree, _ = repair(stand_in(), settings)
    assert broken(tree, settings) == {}


@pytest.mark.parametrize("settings", [SETTINGS, ROLES], ids=["own-roles", "app-roles"])
def test_repairing_twice_changes_nothing(settings: BuildSettings) -> None:
    once, _ = repair(stand_in(), settings)
    twice, items = repair(once, settings)
    assert twice == once
    assert set(verdicts(items).values()) == {Verdict.UPSTREAM}


def test_every_repair_is_made_on_the_stand_in() -> None:
    _, items = repair(stand_in(), SETTINGS)
    made = {name for name, verdict in verdicts(items).items() if verdict is Verdict.APPLIED}
    assert made == {each.id for each in REPAIRS} - {"release-roles"}


def test_only_the_named_lines_differ() -> None:
    """Each changed line is one that an item names."""
    tree, items = repair(stand_in(), SETTINGS)
    before = stand_in()[SECURITY].data.decode().splitlines()
    after = tree[SECURITY].data.decode().splitlines()
    new = {number for number, line in enumerate(after, 1) if line not in before}
    named = {
        int(number)
        for item in items
        for part in ([item.lines] if item.file == SECURITY else item.lines.split("; "))
        if item.file == SECURITY or part.startswith("Security.template:")
        for number in part.rpartition(":")[2].split(", ")
    }
    assert new == named


def test_other_files_stay_as_they_are() -> None:
    tree, _ = repair(stand_in(), SETTINGS)
    assert {path for path, file in tree.items() if file != stand_in()[path]} == {
        TOP,
        SECURITY,
        VIEWER,
        CONFIGURATION,
    }


def test_a_foreign_boundary_is_put_right() -> None:
    theirs = edited(
        stand_in(),
        SECURITY,
        (
            "  SpotFleetIAMRole:\n    Type: AWS::IAM::Role\n    Properties:\n",
            (
                "  SpotFleetIAMRole:\n    Type: AWS::IAM::Role\n    Properties:\n"
                "      PermissionsBoundary: arn:aws:iam::123456789012:policy/theirs\n"
            ),
        ),
    )
    tree, _ = repair(theirs, SETTINGS)
    found = value(
        tree, SECURITY, "Resources", "SpotFleetIAMRole", "Properties", "PermissionsBoundary"
    )
    assert found == SETTINGS.boundary


def test_the_boundary_may_be_written_with_pseudo_parameters() -> None:
    ours = edited(
        stand_in(),
        TOP,
        (
            "    Type: AWS::IAM::Role\n    Properties:\n",
            (
                "    Type: AWS::IAM::Role\n    Properties:\n      PermissionsBoundary: !Sub"
                " arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/boundary\n"
            ),
        ),
    )
    tree, _ = repair(ours, SETTINGS)
    assert tree[TOP].data.count(b"PermissionsBoundary") == 1


def test_a_role_without_properties_gets_the_boundary() -> None:
    bare = edited(
        stand_in(), TOP, ("Resources:\n", "Resources:\n  Bare:\n    Type: AWS::IAM::Role\n")
    )
    tree, _ = repair(bare, SETTINGS)
    assert value(tree, TOP, "Resources", "Bare", "Properties") == {
        "PermissionsBoundary": SETTINGS.boundary
    }


def test_the_listener_gets_the_front_doors_certificate() -> None:
    tree, _ = repair(stand_in(), SETTINGS)
    listener = value(tree, VIEWER, "Resources", "HTTPSLoadBalancerListener")
    assert isinstance(listener, dict)
    assert listener["Properties"]["Certificates"] == [{"CertificateArn": CERTIFICATE}]
    assert "DependsOn" not in listener
    assert b"openssl" not in tree[VIEWER].data


def test_without_a_certificate_a_person_must_look() -> None:
    _, items = repair(stand_in(), replace(SETTINGS, certificate=""))
    item = of(items, "certificate")
    assert item.verdict is Verdict.ACTION_NEEDED
    assert "openssl" in item.why
    assert "CertificateArn" in item.do


def test_a_repair_that_is_off_is_not_made_and_is_told() -> None:
    off = replace(SETTINGS, repairs_off=frozenset({"runtimes"}))
    tree, items = repair(stand_in(), off)
    assert "Switched off" in of(items, "runtimes").why
    assert set(broken(tree)) == {"runtimes"}


def test_a_renamed_role_blocks_its_repair_and_changes_nothing_of_it() -> None:
    renamed = edited(stand_in(), SECURITY, ("SchedulerIAMRole", "HeadIAMRole"))
    _, items = repair(renamed, SETTINGS)
    item = of(items, "scheduler-policy")
    assert item.verdict is Verdict.BLOCKED
    assert "SchedulerIAMRole" in item.why
    assert "repairs_off: [scheduler-policy]" in item.do


def test_a_release_without_backups_needs_no_repair_of_them() -> None:
    text = stand_in()[CONFIGURATION].data.decode()
    cut = text[: text.index("  SOCABackupRole:")]
    _, items = repair(edited(stand_in(), CONFIGURATION, (text, cut)), SETTINGS)
    assert verdicts(items)["backup-policy"] is Verdict.UPSTREAM
    assert verdicts(items)["backup-role-retention"] is Verdict.UPSTREAM


def test_an_unknown_required_parameter_is_derived_and_told() -> None:
    """The trap: a security group of the right name that nobody uses passes every check."""
    asks = edited(
        stand_in(),
        ANALYTICS,
        ("Parameters:\n", "Parameters:\n  SubnetOfToday:\n    Type: String\n"),
    )
    offers = edited(
        asks, SECURITY, ("Outputs:\n", "Outputs:\n  SubnetOfToday:\n    Value: subnet-1\n")
    )
    tree, items = repair(offers, SETTINGS)
    item = of(items, "wiring")
    assert item.verdict is Verdict.ACTION_NEEDED
    assert "SubnetOfToday" in item.why
    assert broken(tree) == {}


def test_the_search_domains_security_group_is_the_one_that_hosts_have() -> None:
    """Late states of 2.6.1 ask for it, and Security offers one that nobody uses."""
    late = edited(
        stand_in(),
        ANALYTICS,
        ("  SchedulerSecurityGroup:\n", "  ComputeNodeSecurityGroup:\n"),
    )
    tree, items = repair(late, SETTINGS)
    given = value(tree, TOP, "Resources", "Analytics", "Properties", "Parameters")
    assert isinstance(given, dict)
    assert given["ComputeNodeSecurityGroup"] == {"Ref": "SecurityGroupIdCompute"}
    assert "SchedulerSecurityGroup" not in given
    assert of(items, "wiring").verdict is Verdict.APPLIED


def test_what_cannot_be_derived_is_blocked_with_every_fault() -> None:
    asks = edited(
        stand_in(),
        ANALYTICS,
        (
            "Parameters:\n",
            "Parameters:\n  Unheard:\n    Type: String\n  Unseen:\n    Type: String\n",
        ),
    )
    item = of(repair(asks, SETTINGS)[1], "wiring")
    assert item.verdict is Verdict.BLOCKED
    assert "Unheard" in item.why
    assert "Unseen" in item.why


def test_a_longer_time_for_the_search_domain_stays() -> None:
    patient = edited(
        stand_in(),
        TOP,
        (
            "/templates/Analytics.template\n      TimeoutInMinutes: 30",
            "/templates/Analytics.template\n      TimeoutInMinutes: 90",
        ),
    )
    tree, _ = repair(patient, SETTINGS)
    assert value(tree, TOP, "Resources", "Analytics", "Properties", "TimeoutInMinutes") == "90"


def test_the_apps_roles_replace_the_releases() -> None:
    tree, _ = repair(stand_in(), ROLES)
    assert b"AWS::IAM::" not in b"".join(tree[path].data for path in (TOP, SECURITY, CONFIGURATION))
    assert value(tree, SECURITY, "Outputs", "SchedulerIAMInstanceProfile", "Value") == (
        "changeover-hpc-release-scheduler"
    )
    assert value(tree, SECURITY, "Outputs", "ComputeNodeInstanceProfileArn", "Value") == {
        "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:instance-profile/"
        "changeover-hpc-release-node"
    }


def test_an_internal_load_balancer_needs_no_rule() -> None:
    private = edited(stand_in(), VIEWER, ("Scheme: internet-facing", "Scheme: internal"))
    tree, _ = repair(private, SETTINGS)
    assert value(tree, TOP, "Resources", "SchedulerAsksLoadBalancer") is None


def test_a_template_that_is_no_yaml_is_left_to_the_proof() -> None:
    torn = edited(stand_in(), TOP, ("Resources:\n", "Resources: [\n"))
    assert repair(torn, SETTINGS) == (torn, ())
    assert "it is not valid YAML" in broken(torn)["templates"]


def test_a_nested_template_that_is_no_yaml_is_left_to_the_proof_as_well() -> None:
    torn = edited(stand_in(), VIEWER, ("Resources:\n", "Resources: [\n"))
    assert repair(torn, SETTINGS) == (torn, ())
    assert VIEWER in broken(torn)["templates"]


def test_a_json_template_is_repaired() -> None:
    as_json = '{"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {}}}}'
    tree = edited(stand_in(), TOP, (stand_in()[TOP].data.decode(), as_json))
    repaired, _ = repair(tree, SETTINGS)
    read = yaml.safe_load(repaired[TOP].data)
    assert read["Resources"]["R"]["Properties"] == {"PermissionsBoundary": SETTINGS.boundary}
