"""Images are encrypted, tested, scanned, nobody else's, and kept as long as a release uses them."""

from typing import Any

import pytest

from tests.support.templates import (
    ROOT,
    TEMPLATES,
    Template,
    of_type,
    resolved,
    statements_of,
    strings,
    template,
)

PIPELINE = template(ROOT / "prerequisites/image-pipeline.yaml")
RECIPE = template(ROOT / "prerequisites/image-recipe.yaml")
NAME = {"Fn::Sub": "changeover-${ClusterName}-${Recipe}"}


def only(kind: str, within: Template = RECIPE) -> Template:
    (properties,) = of_type(f"AWS::{kind}", within).values()
    return properties


def filled(text: Any, **names: str) -> str:
    """A text with Fn::Sub as CloudFormation fills it in; other names stay."""
    match text:
        case {"Fn::Sub": [str(pattern), dict(own)]}:
            return filled({"Fn::Sub": pattern}, **names, **own)
        case {"Fn::Sub": str(pattern)}:
            for name, value in names.items():
                pattern = pattern.replace(f"${{{name}}}", value)
            return pattern
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_nested_template_gets_what_it_asks_for(path: Any) -> None:
    for name, properties in of_type("AWS::Serverless::Application", template(path)).items():
        asked = template(path.parent / properties["Location"])["Parameters"]
        required = {each for each, declared in asked.items() if "Default" not in declared}
        assert required <= properties["Parameters"].keys() <= asked.keys(), name


def test_no_images_are_built_unless_somebody_says_where() -> None:
    root = template()
    assert root["Resources"]["ImagePipeline"]["Condition"] == "BuildsImages"
    where = {"Ref": "ImagePipelineSubnet"}
    assert root["Conditions"]["BuildsImages"] == {"Fn::Not": [{"Fn::Equals": [where, ""]}]}
    assert root["Parameters"]["ImagePipelineSubnet"]["Default"] == ""


def test_images_of_desktops_are_left_out_and_nothing_asks_for_them() -> None:
    root = template()
    wanted = {"Fn::Equals": [{"Ref": "DesktopImages"}, "true"]}
    both = {"Fn::And": [{"Condition": "BuildsImages"}, wanted]}
    assert root["Conditions"]["BuildsDesktops"] == both
    without = resolved(root["Resources"], {"BuildsImages": True, "BuildsDesktops": False})
    assert without["ImagePipeline"]["Properties"]["Parameters"]["DcvUrl"] == "none"
    assert not [text for text in strings(without) if "Outputs.Desktop" in text]
    assert [text for text in strings(root["Resources"]) if "Outputs.Desktop" in text]
    none = {"Fn::Not": [{"Fn::Equals": [{"Ref": "DcvUrl"}, "none"]}]}
    assert PIPELINE["Conditions"]["HasDesktops"] == none


@pytest.mark.parametrize("scans", [True, False])
def test_inspector_is_asked_for_a_scan_only_where_somebody_says_that_it_is_on(scans: bool) -> None:
    pipeline = resolved(only("ImageBuilder::ImagePipeline"), {"IsScanned": scans})
    found = pipeline["ImageScanningConfiguration"]
    assert found == ({"ImageScanningEnabled": True} if scans else {"Ref": "AWS::NoValue"})
    given = of_type("AWS::Serverless::Application", PIPELINE)
    asked = [
        given[each]["Parameters"]["ScanImages"] for each in ("SchedulerImages", "DesktopImages")
    ]
    asked += [of_type("AWS::Serverless::Application")["ImagePipeline"]["Parameters"]["ScanImages"]]
    assert asked == [{"Ref": "ScanImages"}] * 3


def test_an_image_is_known_by_its_arn() -> None:
    assert only("ImageBuilder::ImageRecipe")["Name"] == NAME
    given = of_type("AWS::Serverless::Application", PIPELINE)
    assert {name: each["Parameters"].get("Recipe") for name, each in given.items()} == {
        "Components": None,
        "SchedulerImages": "scheduler",
        "DesktopImages": "desktop",
    }
    prefix = RECIPE["Outputs"]["ImageArnPrefix"]["Value"]["Fn::Sub"]
    assert prefix.endswith(f":image/{NAME['Fn::Sub']}/")


@pytest.mark.parametrize("old", [True, False])
@pytest.mark.parametrize("arm", [True, False])
def test_the_parent_is_the_distributions_newest_and_its_parameter_is_public(
    old: bool, arm: bool
) -> None:
    conditions = {"IsAmazonLinux2": old, "IsArm": arm, "HasOwnKey": True}
    images = of_type("AWS::Serverless::Application", PIPELINE)
    parents = {
        filled(resolved(images[name]["Parameters"]["ParentImage"], conditions))
        for name in ("SchedulerImages", "DesktopImages")
    }
    year, processor = "2" if old else "2023", "arm64" if arm else "x86"
    account = "arn:${AWS::Partition}:imagebuilder:${AWS::Region}:aws"
    assert parents == {f"{account}:image/amazon-linux-{year}-{processor}/x.x.x"}
    polled = resolved(PIPELINE["Outputs"]["ParentImageParameter"]["Value"], conditions)
    architecture = "arm64" if arm else "x86_64"
    known = f"amzn2-ami-hvm-{architecture}-gp2"
    newer = f"al2023-ami-kernel-default-{architecture}"
    assert filled(polled, Architecture=architecture) == (
        f"/aws/service/ami-amazon-linux-latest/{known if old else newer}"
    )


@pytest.mark.parametrize("arm", [True, False])
def test_builders_and_desktops_packages_have_the_processor_of_the_images(arm: bool) -> None:
    usual = {"UsualTypes": True, "UsualDesktopTypes": True, "UsualDcv": True, "IsArm": arm}
    images = resolved(of_type("AWS::Serverless::Application", PIPELINE), usual)
    for name in ("SchedulerImages", "DesktopImages"):
        given = images[name]["Parameters"]
        families = {each.partition(".")[0] for each in given["InstanceTypes"].split(",")}
        # Graviton: m6g, g5g; its letter stands behind the generation.
        assert {family[2:].startswith("g") for family in families} == {arm}
        url = filled(resolved(given["DcvUrl"], usual))
        assert url.endswith("-el7-aarch64.tgz" if arm else "-el7-x86_64.tgz")


def test_what_somebody_names_is_taken_as_it_is() -> None:
    named = {"UsualTypes": False, "UsualDesktopTypes": False, "UsualDcv": False}
    for each in ("SchedulerImages", "DesktopImages"):
        given = resolved(of_type("AWS::Serverless::Application", PIPELINE), named)[each]
        assert given["Parameters"]["DcvUrl"] == {"Ref": "DcvUrl"}
        glue, types = given["Parameters"]["InstanceTypes"]["Fn::Join"]
        assert (glue, types["Ref"].endswith("InstanceTypes")) == (",", True)


def test_images_are_built_only_for_releases_that_run_on_their_distribution() -> None:
    rule = template()["Rules"]["ImagesFitReleases"]
    built = {"Fn::Equals": [{"Ref": "ImagePipelineSubnet"}, ""]}
    assert rule["RuleCondition"] == {"Fn::Not": [built]}
    default = PIPELINE["Parameters"]["OperatingSystem"]["Default"]
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "BaseOS"}, default]}


def test_of_tags_only_our_mark_can_be_set_and_only_our_own_removed() -> None:
    tagging = [
        statement
        for kind in ("AWS::IAM::ManagedPolicy", "AWS::Serverless::Function")
        for properties in of_type(kind).values()
        for statement in statements_of(properties)
        if str(statement["Action"]) in ("ec2:CreateTags", "ec2:DeleteTags")
        and "::image/" in str(statement["Resource"])
    ]
    assert len(tagging) == 4
    mark = "changeover:in-use"
    for statement in tagging:
        condition = dict(statement["Condition"])
        # All of no keys are any keys that one likes.
        assert condition.pop("Null") == {"aws:TagKeys": "false"}
        assert condition.pop("ForAllValues:StringEquals") == {"aws:TagKeys": [mark]}
        own = {"StringEquals": {f"aws:ResourceTag/{mark}": {"Ref": "ClusterName"}}}
        assert condition == (own if statement["Action"] == "ec2:DeleteTags" else {})


def test_who_takes_a_distribution_without_support_is_told() -> None:
    chosen = PIPELINE["Parameters"]["OperatingSystem"]
    assert chosen["Default"] == "amazonlinux2"
    warning = PIPELINE["Outputs"]["OperatingSystemWarning"]["Value"]
    for text in (chosen["Description"], resolved(warning, {"IsAmazonLinux2": True})):
        assert "support ended on 2026-06-30" in text
        assert "no more security updates" in text
    assert "until 2029-06-30" in resolved(warning, {"IsAmazonLinux2": False})


def test_volumes_and_images_are_encrypted_with_one_key() -> None:
    (mapping,) = only("ImageBuilder::ImageRecipe")["BlockDeviceMappings"]
    assert mapping["Ebs"]["Encrypted"] is True
    assert mapping["Ebs"]["KmsKeyId"] == image()["KmsKeyId"] == {"Ref": "KeyArn"}
    assert mapping["Ebs"]["DeleteOnTermination"] is True


def image() -> Template:
    (distribution,) = only("ImageBuilder::DistributionConfiguration")["Distributions"]
    assert distribution["Region"] == {"Ref": "AWS::Region"}
    described: Template = distribution["AmiDistributionConfiguration"]
    return described


def test_an_image_is_for_its_own_account_only() -> None:
    own = [{"Ref": "AWS::AccountId"}]
    assert image()["LaunchPermissionConfiguration"] == {"UserIds": own}
    assert "TargetAccountIds" not in image()


def test_an_image_says_whose_it_is_and_of_which_kind() -> None:
    tags = {"changeover:cluster": {"Ref": "ClusterName"}, "changeover:recipe": {"Ref": "Recipe"}}
    assert image()["AmiTags"] == tags
    assert image()["Name"]["Fn::Sub"].endswith("-{{ imagebuilder:buildDate }}")


def test_every_image_is_tested_and_its_packages_are_listed() -> None:
    pipeline = only("ImageBuilder::ImagePipeline")
    assert pipeline["ImageTestsConfiguration"]["ImageTestsEnabled"] is True
    assert pipeline["EnhancedImageMetadataEnabled"] is True


@pytest.mark.parametrize(("paused", "status"), [(True, "DISABLED"), (False, "ENABLED")])
def test_an_image_is_built_when_there_is_something_new_unless_paused(
    paused: bool, status: str
) -> None:
    pipeline = resolved(only("ImageBuilder::ImagePipeline"), {"IsPaused": paused})
    condition = "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE"
    assert pipeline["Schedule"]["PipelineExecutionStartCondition"] == condition
    assert pipeline["Status"] == status


def test_an_image_in_use_is_never_deleted() -> None:
    used = {"changeover:in-use": {"Ref": "ClusterName"}}
    policy = only("ImageBuilder::LifecyclePolicy")
    assert policy["ResourceSelection"]["Recipes"] == [{"Name": NAME, "SemanticVersion": "x.x.x"}]
    (detail,) = policy["PolicyDetails"]
    assert detail["Action"]["Type"] == "DELETE"
    assert detail["ExclusionRules"]["Amis"]["TagMap"] == used
    (denied, *_) = statements_of(of_type("AWS::IAM::Role", PIPELINE)["LifecycleRole"])
    assert denied["Effect"] == "Deny"
    assert "ec2:DeregisterImage" in denied["Action"]
    tags = {f"aws:ResourceTag/{tag}": value for tag, value in used.items()}
    assert denied["Condition"] == {"StringEquals": tags}


@pytest.mark.parametrize("path", ["image-components.yaml", "image-recipe.yaml"])
def test_what_old_images_were_made_from_stays_until_they_go(path: str) -> None:
    made = {"AWS::ImageBuilder::Component", "AWS::ImageBuilder::ImageRecipe"}
    resources = template(ROOT / "prerequisites" / path)["Resources"].values()
    kept = [each for each in resources if each["Type"] in made]
    assert kept
    assert {each.get("UpdateReplacePolicy") for each in kept} == {"Retain"}


def test_images_of_other_clusters_are_never_deleted() -> None:
    role = of_type("AWS::IAM::Role", PIPELINE)["LifecycleRole"]
    assert {each["Effect"] for each in statements_of(role)} == {"Deny"}
    whose = {"aws:ResourceTag/changeover:cluster": {"Ref": "ClusterName"}}
    assert {"StringNotEquals": whose} in [each["Condition"] for each in statements_of(role)]
