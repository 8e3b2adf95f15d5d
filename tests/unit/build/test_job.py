"""The build as CodeBuild runs it: fetch what is missing, then build."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from changeover.build.digest import sha256_of
from changeover.build.job import Job
from changeover.build.request import (
    Answer,
    Request,
    answer_from_json,
    request_from_json,
    request_to_json,
)
from changeover.build.tree import File, Tree
from tests.support.archives import packed
from tests.support.release_trees import SETTINGS, edited, stand_in
from tests.support.templates import ROOT

BOOT = "source/soca/cluster_node_bootstrap/ComputeNodeUserCustomization.sh"
SECURITY = "source/templates/Security.template"
TOP_FOLDER = "scale-out-computing-on-aws-2.6.1/"
VENDOR = packed(dict(stand_in()), TOP_FOLDER)
LATER = packed(dict(edited(stand_in(), BOOT, ("below.\n", "below.\nyum update\n"))), TOP_FOLDER)
SITE = packed({"base": b"2.6.1\n", BOOT: File(stand_in()[BOOT].data + b"mkdir /x\n")})
INTENTS = packed({"intents.yaml": b"intents: [{id: a, hook: {in: node-boot, text: x}}]"})


def asked(folder: Path, bucket: dict[str, bytes], **changes: object) -> Answer:
    """Fetch what the job asks for from the bucket, and build."""
    request = Request("2.6.1", "", {}, (), "our-bucket", "soca-installer-hpc-r7", SETTINGS)
    folder.joinpath("request.json").write_text(
        request_to_json(replace(request, **changes))  # type: ignore[arg-type]
    )
    for _ in range(5):
        for key in Job(folder).missing():
            path = folder / "archives" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            if key in bucket:
                path.write_bytes(bucket[key])
            else:
                path.with_name(f"{path.name}.absent").touch()
    assert Job(folder).missing() == []
    return Job(folder).build()


def installed(folder: Path) -> dict[str, bytes]:
    there = folder / "installer"
    paths = (path for path in there.rglob("*") if path.is_file())
    return {path.relative_to(there).as_posix(): path.read_bytes() for path in paths}


def test_a_stock_release_is_built_without_customizations(tmp_path: Path) -> None:
    answer = asked(tmp_path, {"vendor/2.6.1.tar.gz": VENDOR})
    assert answer.failure == ""
    assert sha256_of(installed(tmp_path)) == answer.files
    assert answer_from_json((tmp_path / "answer.json").read_text()) == answer
    assert "Build of SOCA 2.6.1" in (tmp_path / "report.html").read_text()
    assert b"PermissionsBoundary" in installed(tmp_path)["templates/Security.template"]


def test_the_same_request_gives_the_same_bytes(tmp_path: Path) -> None:
    bucket = {"vendor/2.6.1.tar.gz": VENDOR, "customizations/lab.tar.gz": SITE}
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        asked(tmp_path / name, bucket, customizations="lab")
        made.append(installed(tmp_path / name))
    assert made[0] == made[1]


def test_whole_files_are_merged_with_their_base(tmp_path: Path) -> None:
    bucket = {
        "vendor/2.6.2.tar.gz": packed(
            dict(edited(stand_in(), BOOT, ("#!/bin/bash -xe", "#!/bin/bash -e")))
        ),
        "vendor/2.6.1.tar.gz": VENDOR,
        "customizations/lab.tar.gz": SITE,
    }
    answer = asked(tmp_path, bucket, release="2.6.2", customizations="lab")
    assert answer.failure == ""
    assert [(each.key, each.pinned) for each in answer.archives] == [("vendor/2.6.1.tar.gz", False)]


def test_a_conflict_ends_the_build_and_nothing_is_written(tmp_path: Path) -> None:
    bucket = {
        "vendor/2.6.2.tar.gz": LATER,
        "vendor/2.6.1.tar.gz": VENDOR,
        "customizations/lab.tar.gz": SITE,
    }
    answer = asked(tmp_path, bucket, release="2.6.2", customizations="lab")
    assert f"file:{BOOT}" in answer.failure
    assert installed(tmp_path) == {}
    assert answer.items


def test_intents_need_no_other_release(tmp_path: Path) -> None:
    bucket = {"vendor/2.6.1.tar.gz": VENDOR, "customizations/lab.tar.gz": INTENTS}
    answer = asked(tmp_path, bucket, customizations="lab", others=("vendor/2.6.0.tar.gz",))
    assert answer.failure == ""
    assert answer.archives == ()


def test_files_of_another_release_are_found_by_the_other_uploads(tmp_path: Path) -> None:
    late: Tree = edited(
        stand_in(), SECURITY, ("GroupDescription: Compute nodes", "GroupDescription: Job nodes"),
        ("Description: SSH", "Description: SSH from clients"),
        ("ToPort: 22", "ToPort: 2222"), ("FromPort: 22", "FromPort: 2222"),
    )  # fmt: skip
    mine = stand_in()[SECURITY].data.replace(b"GroupDescription: Scheduler", b"GroupDescription: S")
    bucket = {
        "vendor/late.tar.gz": packed(dict(late)),
        "vendor/2.6.1.tar.gz": VENDOR,
        "customizations/lab.tar.gz": packed({"base": b"late", SECURITY: mine}),
    }
    others = ("vendor/2.6.1.tar.gz", "vendor/late.tar.gz", "vendor/gone.tar.gz")
    answer = asked(tmp_path, bucket, release="late", customizations="lab", others=others)
    assert "made from 2.6.1, not from late" in answer.failure


@pytest.mark.parametrize(
    ("bucket", "changes", "told"),
    [
        ({}, {}, "vendor/2.6.1.tar.gz cannot be read in the evidence bucket"),
        (
            {"vendor/2.6.1.tar.gz": VENDOR},
            {"customizations": "lab"},
            "customizations/lab.tar.gz cannot be read",
        ),
        (
            {
                "vendor/2.6.1.tar.gz": VENDOR,
                "customizations/lab.tar.gz": packed({"base": b"2.6.0", BOOT: b"x"}),
            },
            {"customizations": "lab"},
            "vendor/2.6.0.tar.gz cannot be read",
        ),
        (
            {"vendor/2.6.1.tar.gz": VENDOR},
            {"sha256": {"vendor/2.6.1.tar.gz": "0" * 64}},
            "may build only 0000",
        ),
        (
            {
                "vendor/2.6.1.tar.gz": VENDOR,
                "customizations/lab.tar.gz": packed({"base": b"2.6.1 " + b"0" * 64, BOOT: b"x"}),
            },
            {"customizations": "lab"},
            "may build only 0000",
        ),
        ({"vendor/2.6.1.tar.gz": b"junk"}, {}, "not packed with gzip"),
        (
            {"vendor/2.6.1.tar.gz": VENDOR, "customizations/lab.tar.gz": b"PK.."},
            {"customizations": "lab"},
            "zip archive",
        ),
        (
            {
                "vendor/2.6.1.tar.gz": VENDOR,
                "customizations/lab.tar.gz": packed({"intents.yaml": b"intents: 1"}),
            },
            {"customizations": "lab"},
            "intents must be a list",
        ),
    ],
)
def test_what_is_wrong_is_said(
    bucket: dict[str, bytes], changes: dict[str, object], told: str, tmp_path: Path
) -> None:
    answer = asked(tmp_path, bucket, **changes)
    assert told in answer.failure
    assert installed(tmp_path) == {}
    assert json.loads((tmp_path / "answer.json").read_text())["failure"] == answer.failure


def test_the_request_survives_json() -> None:
    request = Request(
        "2.6.1", "lab", {"a": "b"}, ("c",), "b", "f", replace(SETTINGS, repairs_off=frozenset("x"))
    )
    assert request_from_json(request_to_json(request)) == request


def test_it_runs_with_nothing_but_python_yaml_and_merge3(tmp_path: Path) -> None:
    """CodeBuild has a bare Python: pydantic and the like must not be needed."""
    asked(tmp_path, {"vendor/2.6.1.tar.gz": VENDOR})
    code = (
        "import sys, runpy; sys.argv = ['job', 'build', sys.argv[1], '{}'];"
        "runpy.run_module('changeover.build.job', run_name='__main__');"
        "sys.exit(bool({'pydantic', 'boto3', 'aws_lambda_powertools'} & sys.modules.keys()))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={"PYTHONPATH": str(ROOT / "layers/changeover")},
        capture_output=True,
        check=True,
    )
    assert told.stdout.endswith(b"Built\n")
    assert (
        hashlib.sha256((tmp_path / "installer/soca.tar.gz").read_bytes()).hexdigest()
        in (tmp_path / "answer.json").read_text()
    )
