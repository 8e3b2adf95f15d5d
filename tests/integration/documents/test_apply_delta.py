"""A delta is applied in order up to the first error, and the directory is read back."""

import base64
import json

import pytest

from rehearsal.host.folder import BASE_DN, ROOT_DN, HostFolder
from tests.integration.documents.copies import assert_copied, copied_to
from tests.integration.scheduler_hosts import (
    Aws,
    Outcome,
    binds,
    directory_of,
    leftovers,
    modify,
    run,
    tool,
)

MARY = f"uid=mary,ou=people,{BASE_DN}"
MARY_COMES = f"""\
dn: {MARY}
changetype: add
objectClass: inetOrgPerson
uid: mary
cn: mary
sn: mary

"""


def apply(host: HostFolder, aws: Aws, delta: str = MARY_COMES, **others: str) -> Outcome:
    parameters = aws.put(delta.encode(), "delta.gz") | copied_to() | others
    return run("apply_delta", host, aws, **parameters)


def test_a_delta_changes_the_directory_and_says_how_often(candidate: HostFolder, aws: Aws) -> None:
    delta = MARY_COMES + f"dn: {MARY}\nchangetype: modify\nadd: mail\nmail: m@corp.example\n\n"
    assert apply(candidate, aws, delta).answer["changes"] == 2
    assert directory_of(candidate)[MARY].first("mail") == b"m@corp.example"


def test_a_delta_is_read_back(candidate: HostFolder, aws: Aws) -> None:
    answer = apply(candidate, aws).answer
    assert answer == {"changes": 1, **assert_copied(candidate, aws)}


def test_an_empty_delta_changes_nothing(candidate: HostFolder, aws: Aws) -> None:
    before = directory_of(candidate)
    assert apply(candidate, aws, "").answer == {"changes": 0, **assert_copied(candidate, aws)}
    assert directory_of(candidate) == before


def test_a_delta_may_set_what_only_the_rootdn_may(candidate: HostFolder, aws: Aws) -> None:
    delta = f"dn: uid=socaboot,ou=People,{BASE_DN}\nchangetype: modify\nreplace: userPassword\n"
    assert apply(candidate, aws, f"{delta}userPassword: new\n").answer["changes"] == 1
    assert binds(candidate, "socaboot", "new")


def test_a_delta_stops_at_its_first_error(candidate: HostFolder, aws: Aws) -> None:
    nobody = f"dn: uid=nobody,ou=People,{BASE_DN}\nchangetype: delete\n\n"
    late = f"dn: {MARY}\nchangetype: delete\n\n"
    outcome = apply(candidate, aws, MARY_COMES + nobody + late)
    assert 'change 2 (deleting entry "uid=nobody' in outcome.complaint
    assert "No such object (32)" in outcome.stderr
    assert MARY in directory_of(candidate)


def test_a_delta_wakes_a_directory_that_is_down(candidate: HostFolder, aws: Aws) -> None:
    tool(candidate, "systemctl", "stop", "slapd")
    assert apply(candidate, aws).answer["changes"] == 1


def test_a_delta_that_is_not_what_was_planned_is_not_applied(
    candidate: HostFolder, aws: Aws
) -> None:
    assert "has another sha256 than expected" in apply(candidate, aws, Sha256="0" * 64).complaint
    assert MARY not in directory_of(candidate)
    assert leftovers(candidate) == ["lock"]


def test_a_delta_that_is_not_there_fails(candidate: HostFolder, aws: Aws) -> None:
    outcome = apply(candidate, aws, Source="releases/no-such-key")
    assert "cannot read s3://evidence/releases/no-such-key" in outcome.complaint


def test_a_delta_without_the_password_file_fails(candidate: HostFolder, aws: Aws) -> None:
    candidate.root_password.unlink()
    assert "OpenLdapAdminPassword.txt is missing" in apply(candidate, aws).complaint


def test_a_delta_shows_no_secret(candidate: HostFolder, aws: Aws) -> None:
    delta = MARY_COMES.rstrip() + "\nuserPassword: {SSHA}verysecret\nnoSuchAttribute: x\n"
    outcome = apply(candidate, aws, delta)
    assert outcome.code == 1
    assert "verysecret" not in outcome.stderr
    assert candidate.root_password.read_text() not in outcome.stderr


def test_a_password_from_a_secret_may_be_any_that_prints(candidate: HostFolder, aws: Aws) -> None:
    password = "".join(map(chr, range(0x20, 0x7F))) + " %41+&"
    hidden = base64.b64encode(password.encode()).decode()
    change = "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: olcRootPW\n"
    modify(candidate, f"{change}olcRootPW:: {hidden}\n", "-Q", "-Y", "EXTERNAL")
    candidate.root_password.unlink()
    keep(aws, "any", json.dumps({"username": "CN=admin", "password": password}))
    outcome = apply(candidate, aws, PasswordSecret="any")
    assert outcome.answer["changes"] == 1
    assert password not in outcome.stdout + outcome.stderr
    assert leftovers(candidate) == ["lock"]


def test_a_wrong_password_changes_nothing(candidate: HostFolder, aws: Aws) -> None:
    keep(aws, "wrong", json.dumps({"password": "wrong"}))
    outcome = apply(candidate, aws, PasswordSecret="wrong")
    assert f"no change is known to be made as {ROOT_DN}" in outcome.complaint
    assert "Invalid credentials (49)" in outcome.stderr


@pytest.mark.parametrize("content", ["{}", "plain text", '{"password": ""}'])
def test_a_secret_without_a_password_fails(content: str, candidate: HostFolder, aws: Aws) -> None:
    keep(aws, f"apply/{len(content)}", content)
    outcome = apply(candidate, aws, PasswordSecret=f"apply/{len(content)}")
    assert "lacks the password" in outcome.complaint
    assert MARY not in directory_of(candidate)


def test_a_secret_that_cannot_be_read_fails(candidate: HostFolder, aws: Aws) -> None:
    outcome = apply(candidate, aws, PasswordSecret="no/such/secret")
    assert "cannot read the secret no/such/secret" in outcome.complaint
    assert MARY not in directory_of(candidate)


def keep(aws: Aws, name: str, content: str) -> None:
    aws.client("secretsmanager").create_secret(Name=name, SecretString=content)
