"""What users keep is encrypted, backed up, quick enough from the first day, and never deleted."""

import re

import pytest

from tests.support.templates import (
    ROOT,
    Template,
    listed,
    of_type,
    resolved,
    statements_of,
    template,
)

STORAGE = ROOT / "prerequisites/storage.yaml"
ALL = {
    "HasBoundary": True,
    "MakesApps": True,
    "MakesData": True,
    "MakesKey": True,
    "AppsIsElastic": False,
    "DataIsElastic": True,
    "DataMoves": True,
}


def made(**conditions: bool) -> dict[str, Template]:
    """Logical id to resource, with the defaults unless told otherwise."""
    chosen = ALL | conditions
    return {
        name: resolved(resource, chosen)
        for name, resource in template(STORAGE)["Resources"].items()
        if chosen.get(resource.get("Condition", ""), True)
    }


def of(kind: str, resources: dict[str, Template]) -> dict[str, Template]:
    return {
        name: each["Properties"] for name, each in resources.items() if each["Type"].endswith(kind)
    }


@pytest.mark.parametrize("kind", ["EFS::FileSystem", "Backup::BackupVault", "KMS::Key"])
def test_data_backups_and_their_key_outlive_the_app(kind: str) -> None:
    found = [each for each in template(STORAGE)["Resources"].values() if kind in each["Type"]]
    assert found
    for each in found:
        assert (each["DeletionPolicy"], each["UpdateReplacePolicy"]) == ("Retain", "Retain")


@pytest.mark.parametrize("own", [True, False])
def test_everything_is_encrypted_with_one_key(own: bool) -> None:
    key = {"Fn::GetAtt": ["Key", "Arn"]} if own else {"Ref": "KeyArn"}
    resources = made(MakesKey=own)
    assert ("Key" in resources) == own
    for properties in of("EFS::FileSystem", resources).values():
        assert (properties["Encrypted"], properties["KmsKeyId"]) == (True, key)
    (vault,) = of("BackupVault", resources).values()
    assert vault["EncryptionKeyArn"] == key
    for properties in of("KMS::Key", resources).values():
        assert properties["EnableKeyRotation"] is True


def test_apps_has_5_mib_a_second_from_the_first_day() -> None:
    apps = made()["Apps"]["Properties"]
    assert apps["ThroughputMode"] == "provisioned"
    assert apps["ProvisionedThroughputInMibps"] == {"Ref": "AppsThroughput"}
    for path in (STORAGE, ROOT / "template.yaml"):
        assert template(path)["Parameters"]["AppsThroughput"]["Default"] == "5"


@pytest.mark.parametrize("name", ["Apps", "Data"])
def test_nothing_lives_on_burst_credits(name: str) -> None:
    for elastic in (True, False):
        properties = made(AppsIsElastic=elastic, DataIsElastic=elastic)[name]["Properties"]
        assert properties["ThroughputMode"] == ("elastic" if elastic else "provisioned")
        provisioned = properties["ProvisionedThroughputInMibps"]
        assert (provisioned == {"Ref": "AWS::NoValue"}) == elastic
    pattern = template(STORAGE)["Parameters"][f"{name}Throughput"]["AllowedPattern"]
    assert [re.fullmatch(pattern, text) is not None for text in ("5", "elastic", "0", "")] == [
        *(True, True, False, False)
    ]


def test_only_data_moves_to_cheaper_storage() -> None:
    assert "LifecyclePolicies" not in made()["Apps"]["Properties"]
    assert made()["Data"]["Properties"]["LifecyclePolicies"] == [
        {"TransitionToIA": {"Ref": "DataTransition"}}
    ]
    never = made(DataMoves=False)["Data"]["Properties"]["LifecyclePolicies"]
    assert never == {"Ref": "AWS::NoValue"}


@pytest.mark.parametrize(("apps", "data"), [(True, True), (True, False), (False, True)])
def test_what_is_made_is_mounted_backed_up_and_named_and_what_is_given_is_left_alone(
    apps: bool, data: bool
) -> None:
    resources = made(MakesApps=apps, MakesData=data)
    wanted = [name for name, chosen in (("Apps", apps), ("Data", data)) if chosen]
    assert list(of("EFS::FileSystem", resources)) == wanted
    targets = of("MountTarget", resources).values()
    assert [(t["FileSystemId"]["Ref"], t["SubnetId"]["Fn::Select"][0]) for t in targets] == [
        (name, zone) for name in wanted for zone in range(3)
    ]
    (selection,) = of("BackupSelection", resources).values()
    resources_of_plan = selection["BackupSelection"]["Resources"]
    taken = [each["Fn::Sub"] for each in resources_of_plan if "Fn::Sub" in each]
    assert [text.rpartition("file-system/")[2] for text in taken] == [
        f"${{{name}}}" for name in wanted
    ]
    for name, chosen in (("Apps", apps), ("Data", data)):
        value = resolved(
            template(STORAGE)["Outputs"][f"{name}DnsName"]["Value"],
            {"MakesApps": apps, "MakesData": data},
        )
        assert value == (
            {"Fn::Sub": f"${{{name}}}.efs.${{AWS::Region}}.${{AWS::URLSuffix}}"}
            if chosen
            else {"Ref": f"{name}FileSystem"}
        )


def test_mount_targets_are_behind_the_group_of_the_file_systems_only() -> None:
    for name, properties in of("MountTarget", made()).items():
        assert properties["SecurityGroups"] == [{"Ref": "SecurityGroup"}], name
    passed = of_type("AWS::Serverless::Application")["Storage"]["Parameters"]["SecurityGroup"]
    assert passed == {"Fn::GetAtt": ["Network", "Outputs.FileSystemSecurityGroup"]}


def test_soca_s_plain_mounts_are_not_turned_away() -> None:
    """SOCA 2.6 mounts without TLS: a policy that asked for it would stop every host."""
    for properties in of("EFS::FileSystem", made()).values():
        assert "FileSystemPolicy" not in properties


def test_a_backup_a_day_in_a_vault_that_nobody_empties() -> None:
    (plan,) = of("BackupPlan", made()).values()
    (rule,) = plan["BackupPlan"]["BackupPlanRule"]
    assert re.fullmatch(r"cron\(\d+ \d+ \* \* \? \*\)", rule["ScheduleExpression"])
    assert rule["TargetBackupVault"] == {"Ref": "Vault"}
    assert rule["Lifecycle"] == {"DeleteAfterDays": {"Ref": "BackupRetentionDays"}}
    (vault,) = of("BackupVault", made()).values()
    (denied,) = vault["AccessPolicy"]["Statement"]
    assert (denied["Effect"], denied["Principal"]) == ("Deny", "*")
    assert "backup:DeleteRecoveryPoint" in denied["Action"]


def test_a_backup_takes_over_the_tags_of_what_it_is_of() -> None:
    """Without that right each job fails whose file system has tags, and these have."""
    assert all(each["FileSystemTags"] for each in of("EFS::FileSystem", made()).values())
    (role,) = of("IAM::Role", made()).values()
    (tagging,) = (s for s in statements_of(role) if "backup:TagResource" in listed(s["Action"]))
    assert tagging["Resource"]["Fn::Sub"].endswith(":recovery-point:*")


def test_what_takes_backups_reaches_these_file_systems_and_deletes_nothing() -> None:
    (role,) = of("IAM::Role", made()).values()
    for statement in statements_of(role):
        assert statement["Resource"] != "*"
        for action in listed(statement["Action"]):
            assert "Delete" not in action
            assert "*" not in action
