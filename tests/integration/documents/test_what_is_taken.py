"""Documents accept only LDIF, only from the app's bucket, and print none of its values."""

import base64
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.host.folder import BASE_DN, HostFolder
from rehearsal.host.ssm_agent import InvalidParameterError, run_document
from tests.integration.documents.interrupt import Sabotage
from tests.integration.documents.test_every_document import LOADED, VALID
from tests.integration.documents.test_what_documents_share import BLOCKS, block
from tests.integration.documents.trees import ONE, assert_serves
from tests.integration.scheduler_hosts import (
    KEY,
    Aws,
    Outcome,
    deployed,
    described,
    directory_of,
    export,
    leftovers,
    run,
    scheduler_host,
)

STORING = ("apply_delta", "export_identities", "freeze_directory", "import_identities")
PERSON = f"dn: uid=mary,ou=People,{BASE_DN}\n"
CONTENT = "objectClass: inetOrgPerson\nuid: mary\ncn: mary\nsn: mary\n"
SECRET = "Verysecret1x"
HASH = "{SSHA}Q4bJ8vN0zTqR2mXw5LkYp7sHdFgC1aEu"


@pytest.fixture(scope="module")
def host() -> Iterator[HostFolder]:
    """A host that no test here changes. A script replaces its AWS CLI."""
    with scheduler_host() as host:
        yield host


@pytest.fixture(scope="module")
def bucket(host: HostFolder) -> Sabotage:
    return Sabotage(host)


def attempts(host: HostFolder, bucket: Sabotage, aws: Aws, lines: str) -> Iterator[Outcome]:
    """Run an import and a delta in which these lines end an entry."""
    content = ONE + (PERSON + CONTENT + lines).encode()
    yield run("import_identities", host, aws, **bucket.offer(content))
    change = f"{PERSON}changetype: add\n{CONTENT}{lines}".encode()
    yield run("apply_delta", host, aws, **bucket.offer(change))


def check(lines: str, folder: Path) -> str:
    """Return what the documents' check prints about LDIF. Empty if it accepts the LDIF."""
    ldif = folder / "given.ldif"
    ldif.write_bytes((PERSON + CONTENT + lines).encode())
    first, last, documents = BLOCKS["check"]
    code = block(min(documents), first, last)
    script = (
        f'set -euo pipefail; fail() {{ echo "$1"; }}; source=it ldif={ldif}\n{code}\ncheck_ldif'
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


URL = "file:///etc/hostname"
READS = {
    "url": f"description:< {URL}\n",
    "no blank": f"description:<{URL}\n",
    "folded before the colon": f"descrip\n tion:< {URL}\n",
    "folded behind the colon": f"description:\n < {URL}\n",
    "folded twice": f"description\n :\n < {URL}\n",
    "carriage return": f"description:\r< {URL}\r\n",
    "folded with carriage returns": f"description:\r\n <{URL}\r\n",
    "option": f"description;lang-en:< {URL}\n",
    "oid": f"2.5.4.13:< {URL}\n",
    "leading tab": f"\tdescription:< {URL}\n",
    "blank before the colon": f"description :< {URL}\n",
    "password": f"userPassword:< {URL}\n",
    "photo": f"jpegPhoto:< {URL}\n",
    "web": "description:< http://169.254.169.254/latest/meta-data\n",
    "name": f"\ndn:< {URL}\nobjectClass: device\n",
    "long name": f"{'d' * 299}:< {URL}\n",
    "long folded name": f"{'d' * 299}\n {'d' * 40}:< {URL}\n",
    "kind of change": f"\n{PERSON}changetype:< {URL}\n",
    "include": f"\ninclude: {URL}\n",
    "include in capitals": f"\nINCLUDE: {URL}\n",
    "folded include": f"\ninclu\n de: {URL}\n",
    "control": f"\n{PERSON}control: 1.2.840.113556.1.4.805 true:< {URL}\nchangetype: delete\n",
    "after a comment": f"# comment\ndescription:< {URL}\n",
}


@pytest.mark.parametrize("lines", READS.values(), ids=READS)
def test_every_line_that_reads_another_file_is_refused(lines: str, tmp_path: Path) -> None:
    said = check(lines, tmp_path)
    assert said.startswith("nothing was changed: create it again, because its line ")
    assert "etc/hostname" not in said


def test_the_line_is_named(tmp_path: Path) -> None:
    said = check(f"title: x\n y\nde\n scription:< {URL}\n", tmp_path)
    assert said.endswith("because its line 8 takes a value from a URL\n")


@pytest.mark.parametrize("lines", [READS["url"], READS["folded behind the colon"]])
def test_no_such_line_reaches_slapd(
    lines: str, host: HostFolder, bucket: Sabotage, aws: Aws
) -> None:
    before, pids = directory_of(host), described(host)["pids"]
    for outcome in attempts(host, bucket, aws, lines):
        assert "again, because its line" in outcome.complaint
        assert "takes a value from a URL" in outcome.complaint
    assert directory_of(host) == before
    assert described(host)["pids"] == pids
    assert leftovers(host) == ["lock"]


@pytest.mark.parametrize(
    "lines",
    [
        "jpegPhoto:: {SSHA}x\n",
        "jpegPhoto:: AAAA\n AA!A\n",
        "jpegPhoto:: AA=AA\n",
        "jpegPhoto\n :: AAAA\n A?\n",
    ],
)
def test_a_value_that_is_no_base64_is_refused(lines: str, tmp_path: Path) -> None:
    """slapadd would load the entry without the value, and report success."""
    assert "line 6 holds a value that is not base64" in check(lines, tmp_path)


TAKEN = {
    "folded base64": "jpegPhoto:: AAAA\n AAAA\n AA==\ntitle: x\n",
    "base64 folded at once": "jpegPhoto::\n AAAA\n",
    "base64 folded within its name": "jpegPho\n to:: AAAA\n AAAA\n",
    "colons in a value": "title: a::{b}\n",
    "colons in a comment": "# a:: {b}\n c:: !\ntitle: x\n",
    "base64": f"description:: {base64.b64encode(f'< {URL}'.encode()).decode()}\n",
    "a value that begins so": f"description: < {URL}\n",
    "in a value": f"description: a:< {URL}\n",
    "folded value": f"description: see\n :< {URL}\n",
    "comment": f"# description:< {URL}\ndescription: x\n",
    "folded comment": f"# as in\n description:< {URL}\ndescription: x\n",
    "a value with that name": "description: include: me\n",
    "no blank": "description:plain\n",
    "option": "description;lang-en: x\n",
}


@pytest.mark.parametrize("lines", TAKEN.values(), ids=TAKEN)
def test_what_only_looks_like_it_is_let_through(lines: str, tmp_path: Path) -> None:
    assert check(lines, tmp_path) == ""


def test_what_slapcat_writes_is_let_through(live: HostFolder, tmp_path: Path) -> None:
    assert check("\n" + export(live).decode(), tmp_path) == ""


OTHERS = [
    ("Bucket", "somebody-elses"),
    ("KmsKeyArn", KEY.replace("1234abcd", "4321abcd")),
    ("Destination", "s3://somebody-elses/x.gz"),
    ("Destination", "root/x.gz"),
    ("Source", "s3://somebody-elses/x.gz"),
    ("Source", "vendor/2.6.1.tar.gz"),
    ("ConfigurationDirectory", "/home/mary/slapd.d"),
    ("ConfigurationDirectory", "/etc/../home/mary/slapd.d"),
    ("DatabaseDirectory", "/home/mary/ldap"),
    ("DatabaseDirectory", "/var/lib/../../root"),
    ("PasswordFile", "/etc/shadow"),
]


@pytest.mark.parametrize(("parameter", "value"), OTHERS)
@pytest.mark.parametrize("name", STORING)
def test_no_other_bucket_key_or_folder_is_taken(
    name: str, parameter: str, value: str, tmp_path: Path
) -> None:
    declared = LOADED[name]["parameters"]
    given = {each: VALID[each] for each in declared} | {parameter: value}
    if parameter in declared:
        with pytest.raises(InvalidParameterError, match=parameter):
            run_document(deployed(name), given, tmp_path, "http://127.0.0.1:1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", STORING)
def test_bucket_and_key_are_the_template_s_and_nobody_s_to_say(name: str) -> None:
    for parameter, output in (("Bucket", "BucketName"), ("KmsKeyArn", "KeyArn")):
        declared = LOADED[name]["parameters"][parameter]
        put_in = {"Fn::GetAtt": ["Evidence", f"Outputs.{output}"]}
        assert declared["default"] == put_in
        assert declared["allowedValues"] == [put_in]


PLANTED = {
    "of an attribute nobody knows": f"noSuchAttribute: {SECRET}\n",
    "beside one": f"userPassword: {HASH}\nnoSuchAttribute: x\n",
    "in base64": f"userPassword:: {base64.b64encode(HASH.encode()).decode()}\nnoSuch: x\n",
    "of a second value": f"employeeNumber: {SECRET}\nemployeeNumber: 2\n",
    "of the wrong syntax": f"uidNumber: {SECRET}\n",
    "cut off from its name": f"userPassword:\n{HASH}\n",
    "folded without a blank": f"userPassword: {HASH[:20]}\n{HASH[20:]}\n",
    "before a colon": f"{SECRET} {HASH}: x\n",
    "of no base64": f"userPassword:: {HASH}!\n",
    "in a comment": f"# {SECRET}\nnoSuchAttribute: x\n",
    "as a name": f"\n{SECRET}\n",
    "as a second name": f"\ndn: cn=x,{BASE_DN}\nuserPassword: {HASH}\n\n{HASH}\n",
    "of a wrong kind": f"userPassword: {HASH}\nobjectClass: noSuchClass\n",
}


@pytest.mark.parametrize("lines", PLANTED.values(), ids=PLANTED)
def test_no_value_is_shown_whatever_is_refused(
    lines: str, host: HostFolder, bucket: Sabotage, aws: Aws
) -> None:
    before = directory_of(host)
    coded = base64.b64encode(HASH.encode()).decode()
    for outcome in attempts(host, bucket, aws, lines):
        assert outcome.code == 1, outcome
        assert not [
            each for each in (SECRET, HASH[6:20], HASH[20:], coded) if each in outcome.stderr
        ]
    assert_serves(host, before)
