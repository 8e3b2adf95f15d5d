"""A delta is applied in its order, up to the first error."""

from rehearsal.host.folder import BASE_DN, HostFolder
from tests.integration.scheduler_hosts import Aws, binds, directory_of, leftovers, run

MARY = f"uid=mary,ou=people,{BASE_DN}"
MARY_COMES = f"""\
dn: {MARY}
changetype: add
objectClass: inetOrgPerson
uid: mary
cn: mary
sn: mary

"""


def test_a_delta_changes_the_directory_and_says_how_often(candidate: HostFolder, aws: Aws) -> None:
    delta = MARY_COMES + f"dn: {MARY}\nchangetype: modify\nadd: mail\nmail: m@corp.example\n\n"
    assert run("apply_delta", candidate, aws, **aws.put(delta.encode())).answer == {"changes": 2}
    assert directory_of(candidate)[MARY].first("mail") == b"m@corp.example"


def test_an_empty_delta_changes_nothing(candidate: HostFolder, aws: Aws) -> None:
    assert run("apply_delta", candidate, aws, **aws.put(b"")).answer == {"changes": 0}


def test_a_delta_may_set_what_only_the_rootdn_may(candidate: HostFolder, aws: Aws) -> None:
    delta = f"dn: uid=socaboot,ou=People,{BASE_DN}\nchangetype: modify\nreplace: userPassword\n"
    outcome = run("apply_delta", candidate, aws, **aws.put(f"{delta}userPassword: new\n".encode()))
    assert outcome.answer == {"changes": 1}
    assert binds(candidate, "socaboot", "new")


def test_a_delta_stops_at_its_first_error(candidate: HostFolder, aws: Aws) -> None:
    nobody = f"dn: uid=nobody,ou=People,{BASE_DN}\nchangetype: delete\n\n"
    late = f"dn: {MARY}\nchangetype: delete\n\n"
    outcome = run("apply_delta", candidate, aws, **aws.put((MARY_COMES + nobody + late).encode()))
    assert 'change 2 (deleting entry "uid=nobody' in outcome.complaint
    assert "No such object (32)" in outcome.stderr
    assert MARY in directory_of(candidate)


def test_a_delta_that_is_not_what_was_planned_is_not_applied(
    candidate: HostFolder, aws: Aws
) -> None:
    source = aws.put(MARY_COMES.encode()) | {"Sha256": "0" * 64}
    assert "is not what was planned" in run("apply_delta", candidate, aws, **source).complaint
    assert MARY not in directory_of(candidate)
    assert leftovers(candidate) == ["lock"]


def test_a_delta_that_is_not_there_fails(candidate: HostFolder, aws: Aws) -> None:
    away = {"Source": "s3://evidence/no-such-key", "Sha256": "0" * 64}
    assert (
        "cannot read s3://evidence/no-such-key"
        in run("apply_delta", candidate, aws, **away).complaint
    )


def test_a_delta_without_the_password_file_fails(candidate: HostFolder, aws: Aws) -> None:
    candidate.root_password.unlink()
    outcome = run("apply_delta", candidate, aws, **aws.put(MARY_COMES.encode()))
    assert "OpenLdapAdminPassword.txt is not there" in outcome.complaint


def test_a_delta_shows_no_secret(candidate: HostFolder, aws: Aws) -> None:
    delta = MARY_COMES.rstrip() + "\nuserPassword: {SSHA}verysecret\nnoSuchAttribute: x\n"
    outcome = run("apply_delta", candidate, aws, **aws.put(delta.encode()))
    assert outcome.code == 1
    assert "verysecret" not in outcome.stderr
    assert candidate.root_password.read_text() not in outcome.stderr
