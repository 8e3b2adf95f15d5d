"""Scheduler hosts, a bucket that they reach, and SSM documents that run on them."""

import atexit
import base64
import gzip
import hashlib
import io
import json
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import yaml
from moto.moto_api._internal.models import moto_api_backend
from moto.server import ThreadedMotoServer

from changeover.identities import directories
from changeover.ldap.entry import Entry
from rehearsal.host.folder import BASE_DN, ROOT_DN, Fault, HostFolder
from rehearsal.host.launch import launch
from rehearsal.host.ssm_agent import run_document
from tests.support.wait_for import eventually

DOCUMENTS = Path(__file__).parents[2] / "documents"
BUCKET = "evidence"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
# The values that the template puts into the documents.
DEPLOYED = {"Outputs.BucketName": BUCKET, "Outputs.KeyArn": KEY}


@dataclass(frozen=True, slots=True)
class Aws:
    endpoint: str

    def client(self, service: str) -> Any:
        session: Any = boto3.Session("test", "test", region_name="us-east-1")
        return session.client(service, endpoint_url=self.endpoint)

    def put(self, text: bytes, key: str = "tree.ldif.gz") -> dict[str, str]:
        """Store it gzipped. Return the document parameters that describe it."""
        body = gzip.compress(text, 1)
        self.client("s3").put_object(Bucket=BUCKET, Key=f"releases/{key}", Body=body)
        return source(text, key)

    def get(self, key: str) -> bytes:
        stored = self.client("s3").get_object(Bucket=BUCKET, Key=f"releases/{key}")
        return gzip.decompress(stored["Body"].read())


def source(text: bytes, key: str) -> dict[str, str]:
    """Return the document parameters for LDIF to download."""
    sha256 = hashlib.sha256(text).hexdigest()
    return {"Source": f"releases/{key}", "Sha256": sha256, "Bytes": str(len(text))}


@contextmanager
def moto_server() -> Iterator[Aws]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    address, port = server.get_host_and_port()
    aws = Aws(f"http://{address}:{port}")
    # It shares its data with every other moto server of this process, including earlier ones.
    moto_api_backend.reset()
    aws.client("s3").create_bucket(Bucket=BUCKET)
    try:
        yield aws
    finally:
        server.stop()


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Not pytest's folder: the path of a unix socket in it would be too long."""
    folder = Path(tempfile.mkdtemp(prefix="changeover-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def scheduler_host(
    origin: Path | str | None = "socaboot",
    *,
    cluster_id: str = "soca-hpc-r1",
    ready_after: float = 0,
    faults: Collection[Fault] = (),
) -> Iterator[HostFolder]:
    with scratch_folder() as work:
        host = HostFolder(work / "hosts" / "i-1")
        process = launch(host, cluster_id, ready_after=ready_after, origin=origin, faults=faults)
        try:
            await_up(host, process)
            if not ready_after and "never-ready" not in faults:
                eventually(host.motd.exists)  # shortly after it is up
            yield host
        finally:
            process.terminate()
            process.wait()


def await_up(host: HostFolder, process: subprocess.Popen[bytes] | None = None) -> None:
    deadline = time.monotonic() + 60
    while not host.description.exists():
        assert process is None or process.poll() is None, host.log.read_text()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def described(host: HostFolder) -> dict[str, Any]:
    description: dict[str, Any] = json.loads(host.description.read_text())
    return description


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    stdout: str
    stderr: str

    @property
    def answer(self) -> dict[str, Any]:
        assert self.code == 0, self.stderr
        (line,) = self.stdout.splitlines()
        answer: dict[str, Any] = json.loads(line)
        return answer

    @property
    def complaint(self) -> str:
        """Return the last line of standard error, where a document says what to do."""
        assert self.code == 1, self.stdout
        assert self.stdout == ""
        return self.stderr.splitlines()[-1]

    @property
    def killed(self) -> bool:
        return self.code in (-signal.SIGKILL, 128 + signal.SIGKILL)


def run(document: str, host: HostFolder, aws: Aws, **parameters: str) -> Outcome:
    path = deployed(document)
    return Outcome(*run_document(path, parameters, host.root, aws.endpoint))


@cache
def deployed(document: str) -> Path:
    """Return a document as CloudFormation creates it, with the app's bucket and key."""
    folder = Path(tempfile.mkdtemp(prefix="changeover-documents-"))
    atexit.register(shutil.rmtree, folder)
    content = _filled_in(yaml.safe_load((DOCUMENTS / f"{document}.yaml").read_text()))
    path = folder / f"{document}.json"
    path.write_text(json.dumps(content))
    return path


def _filled_in(node: Any) -> Any:
    match node:
        case {"Fn::GetAtt": ["Evidence", output]}:
            return DEPLOYED[output]
        case dict():
            return {name: _filled_in(value) for name, value in node.items()}
        case list():
            return [_filled_in(value) for value in node]
    return node


def export(host: HostFolder) -> bytes:
    """Return the host's tree as LDIF, without the help of a document."""
    command = ["slapcat", "-F", str(host.slapd_configuration), "-b", BASE_DN]
    return subprocess.run(command, check=True, capture_output=True).stdout


def directory_of(host: HostFolder) -> dict[str, Entry]:
    return directories.read_directory(io.BytesIO(export(host)))


def tool(host: HostFolder, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of the host by its name."""
    return subprocess.run(
        [host.tools / command[0], *command[1:]], check=False, capture_output=True, text=True
    )


def modify(host: HostFolder, changes: str, *bind: str) -> subprocess.CompletedProcess[str]:
    """Apply change records as the rootDN, or with the given bind options."""
    bind = bind or ("-x", "-D", ROOT_DN, "-y", str(host.root_password))
    return subprocess.run(
        [host.tools / "ldapmodify", "-H", "ldapi:///", *bind],
        input=changes,
        check=False,
        capture_output=True,
        text=True,
    )


def password_change(user: str, password: str) -> str:
    return (
        f"dn: uid={user},ou=People,{BASE_DN}\nchangetype: modify\nreplace: userPassword\n"
        f"userPassword:: {base64.b64encode(password.encode()).decode()}\n\n"
    )


def binds(host: HostFolder, user: str, password: str) -> bool:
    who = f"uid={user},ou=People,{BASE_DN}"
    asked = tool(host, "ldapwhoami", "-x", "-H", "ldap://localhost", "-D", who, "-w", password)
    return asked.returncode == 0


@contextmanager
def suffering(host: HostFolder, fault: Fault) -> Iterator[None]:
    host.fault(fault).touch()
    try:
        yield
    finally:
        host.fault(fault).unlink()


def leftovers(host: HostFolder) -> list[str]:
    """Return the files that documents left in their work folder."""
    return sorted(path.name for path in (host.root / "var/lib/changeover").iterdir())
