"""A build either makes a merged, complete and checked release, or fails with a reason."""

import hashlib
import io
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from changeover.adapters.evidence import S3Evidence
from changeover.upgrade.candidate import installer
from rehearsal.releases.vendor_release import HERE, customizations_archive, packed, vendor_archive
from tests.integration.builds import (
    BUCKET,
    INSTALL_FOLDER,
    TEMPLATE,
    Bench,
    Built,
    buildspec,
    project,
)

VENDOR = HERE / "vendor/2.6.1"
SAMPLE = HERE / "customizations/sample"
FULL = "scale-out-computing-on-aws.template"
EXISTING = f"source/{TEMPLATE}"
SECURITY = "source/templates/Security.template"
CONFIGURATION = "source/templates/Configuration.template"
VIEWER = "source/templates/Viewer.template"
ANALYTICS = "source/templates/Analytics.template"
STORAGE = "source/templates/Storage.template"
NODE_SCRIPT = "cluster_node_bootstrap/ComputeNodeUserCustomization.sh"
BOUNDARY = "arn:aws:iam::123456789012:policy/hpc-boundary"
A_ROLE = """
  Another:
    Type: AWS::IAM::Role
"""
A_FUNCTION = """
  Another:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.7
"""


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
def customized(bench: Bench) -> Built:
    return bench.build("2.6.1", "sample")


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """Return a copy of the vendor's tree, to change into a later release."""
    return shutil.copytree(VENDOR, tmp_path / "later")


@pytest.fixture
def sufficient(later: Path) -> Path:
    """Return a vendor release that already has the sample's changes."""
    shutil.copytree(SAMPLE / "source", later / "source", dirs_exist_ok=True)
    return later


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def extended(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def named(failure: str) -> set[str]:
    return set(re.findall(r"source/\S+\.template", failure))


def payload(bench: Bench, folder: str) -> dict[str, str]:
    """Return the files of soca.tar.gz, which instances download."""
    archive = io.BytesIO(bench.read(f"{folder}/soca.tar.gz"))
    with tarfile.open(fileobj=archive) as files:
        members = [member for member in files.getmembers() if member.isfile()]
        return {
            str(Path(member.name)): (files.extractfile(member) or io.BytesIO()).read().decode()
            for member in members
        }


def test_a_build_says_where_its_release_lies(customized: Built) -> None:
    assert customized.status == "SUCCEEDED", customized.log
    assert customized.exported["TEMPLATE_URL"] == (
        f"https://{BUCKET}.s3.us-east-1.amazonaws.com/{INSTALL_FOLDER}/{TEMPLATE}"
    )


def test_a_build_writes_no_installer(bench: Bench, customized: Built) -> None:
    assert bench.keys(f"{customized.folder}/")
    assert not bench.keys("soca-installer-")


def test_a_build_is_put_in_place_as_it_says(bench: Bench, customized: Built) -> None:
    """The build uses sha256sum for the digest, and Check Build uses Python."""
    evidence = S3Evidence(bench.client("s3"), BUCKET, "")
    wanted = customized.exported["INSTALLER_SHA256"]
    assert installer.digest_of(customized.folder, evidence) == wanted


def test_everything_that_instances_and_stacks_read_is_there(
    bench: Bench, customized: Built
) -> None:
    nested = ("Analytics", "Configuration", "Network", "Scheduler", "Security", "Storage", "Viewer")
    scripts = ("Scheduler.sh", "SchedulerPostReboot.sh", "config.cfg", "requirements.txt")
    assert bench.keys(f"{customized.folder}/") == {
        "soca.tar.gz",
        "README.txt",
        TEMPLATE,
        "scale-out-computing-on-aws.template",
        *(f"templates/{name}.template" for name in nested),
        *(f"scripts/{name}" for name in scripts),
    }


def test_what_the_site_changed_is_in_the_release(bench: Bench, customized: Built) -> None:
    repaired = bench.read(f"{customized.folder}/{TEMPLATE}").decode()
    assert "SchedulerPublicIP: !Ref SchedulerPublicIP" in repaired
    assert "%%" not in repaired
    assert "mkdir -p /scratch" in payload(bench, customized.folder)[NODE_SCRIPT]
    assert customized.exported["MERGED_FILES"] == "5"


def test_without_customizations_the_release_is_the_vendor_s(bench: Bench, sufficient: Path) -> None:
    bench.put("vendor/2.6.1-e.tar.gz", packed(sufficient))
    built = bench.build("2.6.1-e")
    assert built.status == "SUCCEEDED", built.log
    security = bench.read(f"{built.folder}/templates/Security.template")
    assert security == (sufficient / SECURITY).read_bytes()
    assert built.exported["MERGED_FILES"] == "0"


def test_a_release_whose_scheduler_could_not_be_spoken_to_is_not_built(bench: Bench) -> None:
    before = bench.keys()
    built = bench.build("2.6.1")
    assert built.status == "FAILED"
    assert "attaches the policy changeover-<cluster>-scheduler-host to the scheduler's role" in (
        built.failure
    )
    assert "pip" not in built.log
    assert bench.keys() == before


def test_a_release_that_is_given_its_roles_needs_no_policy_in_a_template(
    bench: Bench, sufficient: Path
) -> None:
    shutil.copy(VENDOR / SECURITY, sufficient / SECURITY)
    changed(sufficient / SECURITY, "AWS::IAM::InstanceProfile", "AWS::IAM::ManagedPolicy")
    bench.put("vendor/2.6.1-f.tar.gz", packed(sufficient))
    assert bench.build("2.6.1-f").status == "SUCCEEDED"


def test_templates_with_runtimes_that_lambda_makes_no_more_are_named(
    bench: Bench, sufficient: Path
) -> None:
    for path in (EXISTING, CONFIGURATION, VIEWER):
        shutil.copy(VENDOR / path, sufficient / path)
    bench.put("vendor/2.6.1-g.tar.gz", packed(sufficient))
    before = bench.keys()
    built = bench.build("2.6.1-g")
    assert built.status == "FAILED"
    assert "Lambda makes no functions of python3.6 and python3.7 any more" in built.failure
    assert named(built.failure) == {EXISTING, CONFIGURATION, VIEWER}
    assert "pip" not in built.log
    assert bench.keys() == before


def test_templates_with_roles_that_nobody_bounds_are_named_where_there_is_a_boundary(
    bench: Bench, sufficient: Path
) -> None:
    changed(sufficient / CONFIGURATION, "PermissionsBoundary:", "Description:")
    extended(sufficient / ANALYTICS, A_ROLE)
    bench.put("vendor/2.6.1-h.tar.gz", packed(sufficient))
    before = bench.keys()
    built = bench.build("2.6.1-h", boundary=BOUNDARY)
    assert built.status == "FAILED"
    assert f"Candidates may make roles only with {BOUNDARY}" in built.failure
    assert named(built.failure) == {ANALYTICS, CONFIGURATION}
    assert "pip" not in built.log
    assert bench.keys() == before
    assert bench.build("2.6.1-h").status == "SUCCEEDED"


def test_a_build_is_told_the_boundary_of_the_app() -> None:
    told = {
        each["Name"]: each["Value"] for each in project()["Environment"]["EnvironmentVariables"]
    }
    assert told["PERMISSIONS_BOUNDARY"] == {"Ref": "ReleaseBoundaryArn"}


def test_the_sample_passes_where_there_is_a_boundary(bench: Bench) -> None:
    built = bench.build("2.6.1", "sample", boundary=BOUNDARY)
    assert built.status == "SUCCEEDED", built.log


def test_only_templates_that_the_chosen_one_names_are_judged(
    bench: Bench, sufficient: Path
) -> None:
    for path in (STORAGE, f"source/{FULL}"):
        extended(sufficient / path, A_FUNCTION + A_ROLE)
    bench.put("vendor/2.6.1-i.tar.gz", packed(sufficient))
    assert bench.build("2.6.1-i", boundary=BOUNDARY).status == "SUCCEEDED"
    full = bench.build("2.6.1-i", template=FULL, boundary=BOUNDARY)
    assert named(full.failure) == {STORAGE, f"source/{FULL}"}


def test_a_later_release_keeps_both_sides_changes_in_one_file(bench: Bench, later: Path) -> None:
    security = later / SECURITY
    changed(security, "GroupDescription: Compute nodes", "GroupDescription: All compute nodes")
    bench.put("vendor/2.6.1-a.tar.gz", packed(later, "soca"))
    built = bench.build("2.6.1-a", "sample")
    assert built.status == "SUCCEEDED", built.log
    merged = bench.read(f"{built.folder}/templates/Security.template").decode()
    assert "GroupDescription: All compute nodes" in merged
    assert "policy/changeover-hpc-scheduler-host" in merged


def test_a_conflict_names_its_files_and_uploads_nothing(bench: Bench, later: Path) -> None:
    script = later / "source/soca" / NODE_SCRIPT
    script.write_text(script.read_text() + "\nyum update -y\n")
    bench.put("vendor/2.6.1-b.tar.gz", packed(later))
    before = bench.keys()
    built = bench.build("2.6.1-b", "sample")
    assert built.status == "FAILED"
    assert f"conflict with 2.6.1-b in: source/soca/{NODE_SCRIPT}. Redo them" in built.failure
    assert bench.keys() == before
    assert not built.exported["INSTALLER_SHA256"]


def test_a_file_that_the_vendor_s_script_leaves_out_is_found(
    bench: Bench, sufficient: Path
) -> None:
    making = 'shutil.make_archive(str(build / "soca")'
    changed(
        sufficient / "source/manual_build.py",
        making,
        f'(build / "templates/Viewer.template").unlink()\n    {making}',
    )
    bench.put("vendor/2.6.1-c.tar.gz", packed(sufficient))
    before = bench.keys()
    built = bench.build("2.6.1-c")
    assert built.status == "FAILED"
    assert "manual_build.py did not make: templates/Viewer.template" in built.failure
    assert bench.keys() == before


def test_the_vendor_s_script_has_no_credentials(bench: Bench, sufficient: Path) -> None:
    """It must not be able to reach the build's bucket."""
    begin = 'if __name__ == "__main__":'
    looking = "import os\nassert os.environ['AWS_ACCESS_KEY_ID'] == 'none'\n"
    changed(sufficient / "source/manual_build.py", begin, f"{looking}\n{begin}")
    bench.put("vendor/2.6.1-o.tar.gz", packed(sufficient))
    assert bench.build("2.6.1-o").status == "SUCCEEDED"


def test_an_upload_that_fails_is_no_release(bench: Bench, sufficient: Path) -> None:
    bench.put("vendor/2.6.1-p.tar.gz", packed(sufficient))
    spec = buildspec()
    (command, *others) = spec["phases"]["build"]["commands"]
    changed_command = command.replace('"s3://$BUCKET/$BUILT_FOLDER/"', '"s3://nowhere/"')
    assert changed_command != command
    spec["phases"]["build"]["commands"] = [changed_command, *others]
    built = bench.build("2.6.1-p", spec=spec)
    assert built.status == "FAILED"
    assert "could not be uploaded to s3://evidence/builds/" in built.failure


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("which", ["VENDOR_SHA256", "CUSTOMIZATIONS_SHA256"])
def test_another_archive_than_the_planned_one_is_not_built(bench: Bench, which: str) -> None:
    before = bench.keys()
    built = bench.build("2.6.1", "sample", **{which: "0" * 64})
    key = "vendor/2.6.1" if which.startswith("VENDOR") else "customizations/sample"
    came = sha256_of(bench.read(f"{key}.tar.gz"))
    assert built.status == "FAILED"
    assert f"{key}.tar.gz has sha256 {came}, but this run may build only {'0' * 64}" in (
        built.failure
    )
    assert "pip" not in built.log
    assert bench.keys() == before


def test_the_planned_archives_are_built(bench: Bench) -> None:
    digests = {
        "VENDOR_SHA256": sha256_of(bench.read("vendor/2.6.1.tar.gz")),
        "CUSTOMIZATIONS_SHA256": sha256_of(bench.read("customizations/sample.tar.gz")),
    }
    built = bench.build("2.6.1", "sample", **digests)
    assert built.status == "SUCCEEDED", built.log
    assert built.exported["BASE_ARCHIVE"] == ""


@pytest.mark.parametrize("pinned", [True, False])
def test_the_release_that_was_customized_is_told_and_may_be_pinned(
    bench: Bench, later: Path, tmp_path: Path, pinned: bool
) -> None:
    bench.put("vendor/2.6.1-k.tar.gz", packed(later))
    base = sha256_of(bench.read("vendor/2.6.1.tar.gz"))
    site = shutil.copytree(SAMPLE, tmp_path / "site")
    (site / "base").write_text(f"2.6.1 {base}\n" if pinned else "2.6.1\n")
    bench.put("customizations/pinning.tar.gz", packed(site))
    built = bench.build("2.6.1-k", "pinning")
    assert built.status == "SUCCEEDED", built.log
    said = f"vendor/2.6.1.tar.gz {base}"
    assert built.exported["BASE_ARCHIVE"].strip() == (f"{said} pinned" if pinned else said)


def test_another_base_than_the_customizations_name_is_not_built(
    bench: Bench, later: Path, tmp_path: Path
) -> None:
    bench.put("vendor/2.6.1-l.tar.gz", packed(later))
    site = shutil.copytree(SAMPLE, tmp_path / "site")
    (site / "base").write_text(f"2.6.1 {'0' * 64}\n")
    bench.put("customizations/other.tar.gz", packed(site))
    assert "vendor/2.6.1.tar.gz has sha256 " in bench.build("2.6.1-l", "other").failure


def test_a_package_that_the_vendor_s_list_names_is_not_installed(
    bench: Bench, sufficient: Path
) -> None:
    """Not even a package that would write into the tree of the release."""
    wanted = sufficient / "source/requirements.txt"
    wanted.write_text("colored\na-package-that-nobody-has\n")
    bench.put("vendor/2.6.1-m.tar.gz", packed(sufficient))
    built = bench.build("2.6.1-m")
    assert built.status == "SUCCEEDED", built.log


def test_a_package_with_another_hash_ends_the_build(bench: Bench, sufficient: Path) -> None:
    bench.put("vendor/2.6.1-n.tar.gz", packed(sufficient))
    spec = buildspec()
    (command, *others) = spec["phases"]["build"]["commands"]
    changed = re.sub(r"(boto3==\S+ --hash=sha256:)\w{8}", r"\g<1>00000000", command)
    assert changed != command
    spec["phases"]["build"]["commands"] = [changed, *others]
    before = bench.keys()
    built = bench.build("2.6.1-n", spec=spec)
    assert built.status == "FAILED"
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in built.log
    assert bench.keys() == before


def test_an_archive_of_another_user_is_built(bench: Bench) -> None:
    """`tar -c .` records the owner of the top folder, and root would give them the tree."""

    def theirs(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid, member.uname = 1000, "mary"
        return member

    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as into:
        into.add(SAMPLE, ".", filter=theirs)
    bench.put("customizations/theirs.tar.gz", archive.getvalue())
    built = bench.build("2.6.1", "theirs")
    assert built.status == "SUCCEEDED", built.log


@pytest.mark.parametrize(
    "said", ["# - changeover-hpc-scheduler-host", "changeover-<x>-scheduler-host"]
)
def test_a_policy_that_is_only_talked_of_is_not_attached(
    said: str, bench: Bench, sufficient: Path
) -> None:
    security = sufficient / "source/templates/Security.template"
    lines = security.read_text().splitlines()
    (attached,) = (each for each in lines if "- !Sub" in each and "-scheduler-host" in each)
    changed(security, attached, f"        {said}")
    bench.put("vendor/2.6.1-j.tar.gz", packed(sufficient))
    assert "No template attaches the policy" in bench.build("2.6.1-j").exported["FAILURE"]


@pytest.mark.parametrize(
    ("release", "customizations", "reason"),
    [
        ("9.9.9", "", "s3://evidence/vendor/9.9.9.tar.gz cannot be read as an archive: upload it"),
        ("2.6.1", "none", "s3://evidence/customizations/none.tar.gz cannot be read"),
        ("2.6.1", "baseless", "customizations/baseless.tar.gz has no file base"),
        ("2.7.0", "", "vendor/2.7.0.tar.gz has no source/manual_build.py"),
        ("broken", "", "s3://evidence/vendor/broken.tar.gz cannot be read as an archive"),
    ],
)
def test_what_is_missing_is_named(
    bench: Bench, release: str, customizations: str, reason: str
) -> None:
    bench.put("customizations/baseless.tar.gz", packed(SAMPLE / "source", "source"))
    bench.put("vendor/2.7.0.tar.gz", packed(SAMPLE / "source", "source"))
    bench.put("vendor/broken.tar.gz", b"not an archive")
    built = bench.build(release, customizations)
    assert built.status == "FAILED"
    assert reason in built.failure


def test_every_command_of_the_buildspec_is_text() -> None:
    """YAML reads a line with a colon and a blank as a mapping."""
    assert {type(each) for each in buildspec()["phases"]["build"]["commands"]} == {str}


def test_a_build_that_fails_ends_well_for_codebuild_so_that_its_reason_is_handed_over(
    bench: Bench,
) -> None:
    """AWS does not document that a failed build exports its variables."""
    built = bench.build("9.9.9")
    assert built.ended == "SUCCEEDED"
    assert "vendor/9.9.9.tar.gz cannot be read" in built.failure
    assert f"This build failed, whatever CodeBuild says: {built.failure}" in built.log


def test_a_script_that_breaks_off_is_no_success(bench: Bench, sufficient: Path) -> None:
    (sufficient / "source/manual_build.py").write_text("raise SystemExit(1)\n")
    bench.put("vendor/2.6.1-d.tar.gz", packed(sufficient))
    built = bench.build("2.6.1-d")
    assert built.status == "FAILED"
    assert "broke off" in built.failure


def test_the_vendor_s_script_ends_well_even_where_there_is_no_bucket(
    bench: Bench, later: Path
) -> None:
    script = subprocess.run(
        ["python3", "manual_build.py", "--region", "us-east-1", "--bucket", "nowhere"],
        cwd=later / "source",
        env=bench.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert script.returncode == 0
    assert "Building here, without upload" in script.stdout
