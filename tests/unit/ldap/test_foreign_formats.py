"""What people give for LDIF by mistake is named, with what to do; a cut-off end is told apart."""

import io

import pytest

from changeover.ldap import fast_reader, ldif

ENTRY = b"dn: cn=a\nobjectClass: device\ncn: a\n"


def refusal(text: bytes) -> ldif.Malformed:
    with pytest.raises(ldif.Malformed) as fault:
        list(fast_reader.rows(io.BytesIO(text)))
    return fault.value


WHOLE = {
    b'{"users": {"mary": {"uid": 5002}}}': "JSON",
    b'{\n  "users": []\n}\n': "JSON",
    b'[{"uid": "mary"}]': "JSON",
    b'[\n "mary"\n]': "JSON",
    b"{}": "JSON",
    b'<?xml version="1.0"?>\n<Error/>': "XML or HTML",
    b"<!DOCTYPE html>\n<html>": "XML or HTML",
    b"  <dsml>": "XML or HTML",
    b"PK\x03\x04\x14\0\0\0": "a ZIP archive",
    b"BZh91AY&SY\xd3": "bzip2",
    b"\xfd7zXZ\0\0\x04": "xz",
    b"\x28\xb5\x2f\xfd\x04": "zstd",
    b"export.ldif\0\0\0\0\0000000644\0" + b"\0" * 400: "a tar archive",
    b"\0" * 12 + b"\x62\x31\x05\0" + b"\0" * 30: "a database file",
    b"\0" * 16 + b"\xde\xc0\xef\xbe" + b"\0" * 30: "a database file",
    b"-----BEGIN PGP MESSAGE-----\n\nhQEMA": "encrypted",
    b"version https://git-lfs.github.com/spec/v1\noid sha256:0": "Git LFS",
    b"root:x:0:0:root:/root:/bin/bash\n": "a passwd, shadow or group file",
    b"root:*:18000:0:99999:7:::\n": "a passwd, shadow or group file",
    b"wheel:x:10:ec2-user\n": "a passwd, shadow or group file",
    b"uid,cn,mail\nmary,Mary,m@x\n": "a table (CSV)",
    b'"uid";"cn";"mail"\n': "a table (CSV)",
    b"---\nusers:\n": "YAML",
    b"ZG46IGNuPWEK" * 8 + b"\n": "base64 alone",
}


@pytest.mark.parametrize(("text", "what"), WHOLE.items(), ids=range(len(WHOLE)))
def test_a_file_of_another_kind_is_named(text: bytes, what: str) -> None:
    fault = refusal(text)
    assert fault.line == 1
    assert "the file is not LDIF but" in fault.reason
    assert what in fault.reason
    assert "cut off" not in fault.reason


def test_json_holds_no_passwords() -> None:
    assert "no password hashes: export again with slapcat" in refusal(b'{"users": []}').reason


OTHERS = {
    b"5f1c2b3a The first database does not allow slapcat; using the first available one (2)\n": (
        "a message of slapd"
    ),
    b"65f1c2b3.0c1e2f3a 0x7f22 mdb_db_open: database not shut down\n": "a message of slapd",
    b'5f1c2b3a hdb_db_open: database "dc=x": unclean shutdown\n': "a message of slapd",
    b"slapcat: could not open database.\n": "a program's message",
    b"/usr/sbin/slapcat: bad configuration file!\n": "a program's message",
    b"ldap_bind: Invalid credentials (49)\n": "a program's message",
    b"No such object (32)\n": "a program's message",
    b"SASL/EXTERNAL authentication started\n": "a program's message",
    b"-bash: slapcat: command not found\n": "a program's message",
    b"sudo: a password is required\n": "a program's message",
    b"[root@ip-10-0-1-23 ~]# slapcat\n": "a shell prompt",
    b"ubuntu@ip-10-0-1-23:~$ sudo slapcat\n": "a shell prompt",
    b"$ slapcat\n": "a shell prompt",
    b"Jan  3 10:00:01 host slapd[77]: stopped\n": "a log line",
    b"2026-01-03 10:00:01 INFO exporting\n": "a log line",
}


@pytest.mark.parametrize(("line", "what"), OTHERS.items(), ids=range(len(OTHERS)))
def test_what_another_program_wrote_is_named_wherever_it_stands(line: bytes, what: str) -> None:
    started = refusal(line + ENTRY)
    assert started.line == 1
    assert f"the file does not begin with LDIF but with {what}" in started.reason
    for text, number in (
        (ENTRY + line, 4),
        (ENTRY + line + b"cn: b\n\n" + ENTRY, 4),
        (ENTRY + b"\n" + line, 5),
        (ENTRY + b"\n" + line + b"\n" + ENTRY, 5),
    ):
        within = refusal(text)
        assert within.line == number
        assert f"this is not LDIF but {what}" in within.reason
        assert "cut off" not in within.reason


def test_changes_are_no_export() -> None:
    changes = b"dn: cn=a\nchangetype: modify\nreplace: sn\nsn: b\n-\n"
    assert "this LDIF contains change records" in refusal(changes).reason


@pytest.mark.parametrize("end", [b"userPass", b"userPassword:: e1N", b"cn:: YQ==\ndescr"])
def test_a_file_that_ends_within_a_line_is_cut_off(end: bytes) -> None:
    assert refusal(ENTRY + end).reason.endswith("is the file cut off?")


@pytest.mark.parametrize("fault", [b"odd\n", b"cn:: YQ\n", b"\xff\n"])
def test_a_fault_ahead_of_more_is_not_the_end(fault: bytes) -> None:
    for more in (b"cn: b\n", b"\n" + ENTRY, b"\n"):
        assert "cut off" not in refusal(ENTRY + fault + more).reason


@pytest.mark.parametrize(
    "line", [b"sn: foo:1:2:x", b"description: a, b, c", b"title: Dr. (7)", b"cn: [a@b c]# d"]
)
def test_values_are_not_mistaken(line: bytes) -> None:
    assert len(list(fast_reader.rows(io.BytesIO(ENTRY + line + b"\n")))) == 1


def test_what_looks_like_a_secret_is_not_quoted() -> None:
    for line in (b"root:$6$salt$secretsecret:18000:0:::", b"c2VjcmV0" * 9, b"$ echo secret"):
        assert "secret" not in refusal(line).reason
