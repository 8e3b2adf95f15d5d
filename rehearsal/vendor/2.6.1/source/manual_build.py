"""Build the release and upload it, with the habits of the vendor's script, good and bad."""
# ruff: noqa: INP001 - a tree to be built, no package

import argparse
import os
import random
import shutil
import string
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SOURCE = Path(__file__).resolve().parent
TARGETS = (
    "scripts",
    "templates",
    "README.txt",
    "scale-out-computing-on-aws.template",
    "install-with-existing-resources.template",
)
PLACEHOLDERS = {
    "%%BUCKET_NAME%%": "your-s3-bucket-name-here",
    "%%SOLUTION_NAME%%/%%VERSION%%": "your-s3-folder-name-here",
}
CONSOLE = "https://console.aws.amazon.com/cloudformation/home"
GREEN, RED, YELLOW, BLUE, PLAIN = (f"\x1b[{code}m" for code in ("32", "31", "33", "94", "0"))


def main() -> None:
    arguments = options()
    print("====== Parameters ======\n")
    region = arguments.region or input(" > Please enter the region to build in: ")
    bucket = arguments.bucket or input(" > Please enter the name of a bucket you own: ")
    s3 = session(arguments.profile, region).client("s3")
    reachable = can_reach(s3, bucket)
    folder, build = prepare()
    if reachable:
        print("====== Upload to S3 ======\n\n > Uploading required files ...")
        upload(s3, bucket, folder, build)
        print("\n====== Upload COMPLETE ======")
    print("\n====== Installation Instructions ======")
    print(link(region, bucket, folder) if reachable else f"Copy {build} to a bucket of yours.")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Build and upload a release.")
    parser.add_argument("--profile", "-p", help="AWS CLI profile to use")
    parser.add_argument("--region", "-r", help="AWS region to use; asked for if not given")
    parser.add_argument("--bucket", "-b", help="S3 bucket to use; asked for if not given")
    return parser.parse_args()


def session(profile: str | None, region: str) -> boto3.Session:
    try:
        return boto3.Session(profile_name=profile, region_name=region)
    except ProfileNotFound:
        print(f"{RED}> Profile {profile} not found.{PLAIN}")
        raise SystemExit(1) from None


def can_reach(s3: "S3Client", bucket: str) -> bool:
    """A bucket that cannot be reached is no error here: the build goes on, without upload."""
    print(" > Looking whether the bucket can be reached...")
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        print(f"{RED} > The bucket {bucket} does not exist or is closed to you: {error}{PLAIN}")
        print(f"{YELLOW}> Building here, without upload{PLAIN}")
        return False
    return True


def prepare() -> tuple[str, Path]:
    """The build under an id that nobody checks for collisions."""
    identity = "".join(
        random.choice(string.ascii_lowercase) + random.choice(string.digits) for _ in range(2)
    )
    print(f"====== Build ======\n\n > Generated unique id for build: {identity}")
    build = SOURCE / "dist" / identity
    build.mkdir(parents=True)
    for target in TARGETS:
        copy = shutil.copytree if (SOURCE / target).is_dir() else shutil.copy
        copy(SOURCE / target, build / target)
    shutil.make_archive(str(build / "soca"), "gztar", SOURCE / "soca")
    for template in build.glob("*.template"):
        text = template.read_text()
        for placeholder, value in PLACEHOLDERS.items():
            text = text.replace(placeholder, value)
        template.write_text(text)
    folder = f"soca-installer-{identity}"
    shutil.make_archive(str(SOURCE / "dist" / folder), "gztar", build)
    return folder, build


def upload(s3: "S3Client", bucket: str, folder: str, build: Path) -> None:
    """The first error ends the upload, and nobody hears of it: the script ends well."""
    try:
        for place, _, names in os.walk(build):
            for name in sorted(names):
                path = Path(place, name)
                key = f"{folder}/{path.relative_to(build)}"
                print(f"{GREEN}[+] Uploading {path} to s3://{bucket}/{key}{PLAIN}")
                s3.upload_file(str(path), bucket, key)
    except (Boto3Error, BotoCoreError, ClientError) as error:
        print(error)


def link(region: str, bucket: str, folder: str) -> str:
    template = f"https://{bucket}.s3.amazonaws.com/{folder}/scale-out-computing-on-aws.template"
    return (
        f"{BLUE}==> {CONSOLE}?region={region}#/stacks/create/review?&templateURL={template}"
        f"&param_S3InstallBucket={bucket}&param_ClientIp=&param_S3InstallFolder={folder}{PLAIN}"
    )


if __name__ == "__main__":
    main()
