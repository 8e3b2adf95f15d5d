"""A build in CodeBuild makes a complete release and a report, or says why it does not.

What a build makes of archives is tested in tests/unit/build. Here the shipped buildspec runs.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from changeover.adapters.evidence import S3Evidence
from changeover.build.digest import listed_digest
from changeover.build.tree import File
from changeover.upgrade.candidate import installer
from rehearsal.releases.vendor_release import customizations_archive, vendor_archive
from tests.integration.builds import (
    BUCKET,
    FACTS,
    INSTALL_FOLDER,
    TEMPLATE,
    Bench,
    Built,
    buildspec,
    project,
)
from tests.support.archives import packed
from tests.support.release_trees import edited, stand_in

NODE_SCRIPT = "cluster_node_bootstrap/ComputeNodeUserCustomization.sh"
WHOLE = f"source/soca/{NODE_SCRIPT}"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    bench = Bench(f"http://{host}:{port}", tmp_path_factory.mktemp("builds"))
    bench.put("vendor/2.6.1.tar.gz", vendor_archive())
    bench.put("customizations/sample.tar.gz", customizations_archive())
    yield bench
    server.stop()


@pytest.fixture(scope="module")
def built(bench: Bench) -> Built:
    return bench.build("2.6.1", "sample")


def of_instances(bench: Bench, folder: str) -> dict[str, str]:
    """Return the files of soca.tar.gz, which instances download."""
    archive = io.BytesIO(bench.read(f"{folder}/installer/soca.tar.gz"))
    with tarfile.open(fileobj=archive) as files:
        members = [member for member in files.getmembers() if member.isfile()]
        return {
            str(Path(member.name)): (files.extractfile(member) or io.BytesIO()).read().decode()
            for member in members
        }


def test_a_build_says_where_its_release_lies(built: Built) -> None:
    assert (built.ended, built.failure) == ("SUCCEEDED", ""), built.log
    assert built.exported["TEMPLATE_URL"] == (
        f"https://{BUCKET}.s3.us-east-1.amazonaws.com/{INSTALL_FOLDER}/{TEMPLATE}"
    )


def test_a_build_writes_no_installer_in_place(bench: Bench, built: Built) -> None:
    assert bench.keys(f"{built.folder}/installer/")
    assert not bench.keys("soca-installer-")


def test_what_was_built_is_what_the_answer_says(bench: Bench, built: Built) -> None:
    evidence = S3Evidence(bench.client("s3"), BUCKET, "")
    assert built.answer
    told = listed_digest(built.answer.files)
    assert installer.digest_of(f"{built.folder}/installer", evidence) == told


def test_the_answer_is_the_one_that_the_build_exported(bench: Bench, built: Built) -> None:
    answer = bench.read(f"{built.folder}/answer.json")
    assert built.exported["ANSWER_SHA256"] == hashlib.sha256(answer).hexdigest()


def test_everything_that_instances_and_stacks_read_is_there(bench: Bench, built: Built) -> None:
    nested = ("Analytics", "Configuration", "Network", "Scheduler", "Security", "Storage", "Viewer")
    scripts = ("Scheduler.sh", "SchedulerPostReboot.sh", "config.cfg", "requirements.txt")
    assert bench.keys(f"{built.folder}/installer/") == {
        "soca.tar.gz",
        "README.txt",
        TEMPLATE,
        "scale-out-computing-on-aws.template",
        *(f"templates/{name}.template" for name in nested),
        *(f"scripts/{name}" for name in scripts),
    }


def test_what_the_site_wants_is_in_the_release(bench: Bench, built: Built) -> None:
    repaired = bench.read(f"{built.folder}/installer/{TEMPLATE}").decode()
    assert "SchedulerPublicIP: !Ref SchedulerPublicIP" in repaired
    assert "%%" not in repaired
    files = of_instances(bench, built.folder)
    assert "mkdir -p /scratch" in files[NODE_SCRIPT]
    assert "DCV_LINUX_SESSION_COUNT = 2" in files["cluster_web_ui/config.py"]


def test_the_facts_of_the_account_reach_the_templates(bench: Bench, built: Built) -> None:
    facts = json.loads(FACTS)
    security = bench.read(f"{built.folder}/installer/templates/Security.template").decode()
    assert security.count(f"PermissionsBoundary: {facts['boundary']}") == 5
    viewer = bench.read(f"{built.folder}/installer/templates/Viewer.template").decode()
    assert f"CertificateArn: {facts['certificate']}" in viewer


def test_the_project_tells_the_facts_of_its_account() -> None:
    told = {
        each["Name"]: each["Value"] for each in project()["Environment"]["EnvironmentVariables"]
    }
    facts = told["FACTS"]["Fn::Sub"]
    for name in ("ReleaseBoundaryArn", "CertificateArn", "MakeReleaseRoles", "AWS::AccountId"):
        facts = facts.replace(f"${{{name}}}", "false")
    assert json.loads(facts).keys() == json.loads(FACTS).keys()


def test_a_stock_release_is_built_without_customizations(bench: Bench) -> None:
    stock = bench.build("2.6.1")
    assert stock.failure == "", stock.log
    assert stock.answer
    assert {item.verdict.value for item in stock.answer.items} == {"applied"}


def test_a_build_with_the_apps_roles_makes_none(bench: Bench) -> None:
    made = bench.build("2.6.1", facts=FACTS.replace("false", "true"))
    assert made.failure == "", made.log
    security = bench.read(f"{made.folder}/installer/templates/Security.template").decode()
    assert "AWS::IAM::" not in security


def test_a_conflict_names_its_places_and_uploads_a_report_only(bench: Bench) -> None:
    later = edited(stand_in(), WHOLE, ("below.\n", "below.\nyum update -y\n"))
    bench.put("vendor/2.6.2.tar.gz", packed(dict(later)))
    made = bench.build("2.6.2", "sample")
    assert made.ended == "SUCCEEDED"
    assert f"file:{WHOLE}: Both sides changed the same lines" in made.failure
    assert not bench.keys(f"{made.folder}/installer/")
    assert b"yum update -y" in bench.read(f"{made.folder}/report.html")


@pytest.mark.parametrize("key", ["vendor/2.6.1.tar.gz", "customizations/sample.tar.gz"])
def test_another_archive_than_the_planned_one_is_not_built(bench: Bench, key: str) -> None:
    made = bench.build("2.6.1", "sample", sha256={key: "0" * 64})
    came = hashlib.sha256(bench.read(key)).hexdigest()
    assert f"{key} has sha256 {came}, but this run may build only {'0' * 64}" in made.failure
    assert not bench.keys(f"{made.folder}/installer/")


@pytest.mark.parametrize(
    ("release", "customizations", "reason"),
    [
        ("9.9.9", "", "vendor/9.9.9.tar.gz cannot be read in the evidence bucket"),
        ("2.6.1", "none", "customizations/none.tar.gz cannot be read"),
        ("2.6.1", "baseless", "customizations/baseless.tar.gz has whole files but no file base"),
        ("broken", "", "vendor/broken.tar.gz is not packed with gzip"),
        ("2.6.1", "checkout", "git repository"),
    ],
)
def test_what_is_wrong_is_named(
    bench: Bench, release: str, customizations: str, reason: str
) -> None:
    bench.put("customizations/baseless.tar.gz", packed({WHOLE: b"x"}))
    bench.put("customizations/checkout.tar.gz", packed({"base": b"2.6.1", ".git/config": b""}))
    bench.put("vendor/broken.tar.gz", b"not an archive")
    made = bench.build(release, customizations)
    assert made.ended == "SUCCEEDED"
    assert reason in made.failure


@pytest.mark.parametrize("what", ["REQUEST_SHA256", "CODE_SHA256"])
def test_a_replaced_request_or_code_is_not_run(bench: Bench, what: str) -> None:
    made = bench.build("2.6.1", **{what: "0" * 64})
    assert "Somebody replaced it" in made.exported["FAILURE"]
    assert made.answer is None
    assert f"This build failed, whatever CodeBuild says: {made.failure}" in made.log


def test_an_upload_that_fails_is_no_release(bench: Bench) -> None:
    spec = buildspec()
    (command, *others) = spec["phases"]["build"]["commands"]
    changed_command = command.replace('"s3://$BUCKET/$BUILT_FOLDER/installer/"', '"s3://nowhere/"')
    assert changed_command != command
    spec["phases"]["build"]["commands"] = [changed_command, *others]
    made = bench.build("2.6.1", spec=spec)
    assert "could not be uploaded to s3://evidence/builds/" in made.exported["FAILURE"]


def test_a_build_that_breaks_off_says_so(bench: Bench) -> None:
    made = bench.build("2.6.1", facts="{")
    assert "broke off" in made.exported["FAILURE"]


def test_every_command_of_the_buildspec_is_text() -> None:
    """YAML reads a line with a colon and a blank as a mapping."""
    assert {type(each) for each in buildspec()["phases"]["build"]["commands"]} == {str}


def test_an_odd_file_name_is_a_refusal_and_not_a_crash(bench: Bench) -> None:
    files = {"base": b"2.6.1", "source/caf\udce9": File(b"")}
    bench.put("customizations/latin.tar.gz", packed(files))
    made = bench.build("2.6.1", "latin")
    assert "not UTF-8" in made.failure
