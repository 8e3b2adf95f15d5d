"""The search for secrets finds each kind of value in each kind of text, and nothing else."""

import base64
import html
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from rehearsal.actors.approver import Question
from rehearsal.actors.passwords import hash_password
from rehearsal.outcome import leaks, secrets
from rehearsal.outcome.secrets import Secrets

HASH = hash_password("Spring#2021", bytes(range(16)))
CRYPT = "$6$rounds=5000$Qm9Vt1xw$Zk8s0a7LwYbq1u2dHk3vTf"
# As ldapmodify, slapcat and a person write them: plain, in base64, folded, locked.
DIRECTORY = b"".join(
    [
        b"dn: uid=mary,ou=People,dc=soca,dc=local\nuid: mary\ndescription: Analysts\n",
        b"userPassword:: " + base64.b64encode(HASH.encode()).replace(b"SEF9", b"SEF9\n ") + b"\n",
        b"\ndn: uid=ana\nuserPassword: {CRYPT}" + CRYPT.encode() + b"\n",
        b"\ndn: uid=gone\nUSERPASSWORD: {SSHA}!" + HASH[6:].swapcase().encode() + b"\n",
        b"\ndn: uid=open\nuserPassword: clear as glass\n",
        b"\ndn: uid=old\npwdHistory: 2024#1.3.6#38#{SSHA}" + HASH[6:][::-1].encode() + b"\n",
    ]
)
KEY = "-----BEGIN PRIVATE KEY-----\n" + "k3Yt" * 16 + "\n-----END PRIVATE KEY-----\n"
QUESTION = Question("http://127.0.0.1/changeover/review?cluster=hpc&key=0123456789", "AB12CD34")
CHOSEN = ('Winter "21" <&+> ü', "pä boss #1", "short", "Analysts", "userPassword")
SECRET_STRING = json.dumps(
    {"username": "changeoverprobe", "password": "kW3-Probe#2026", "PrivateSubnets": "subnet-0a1b2c"}
)
LASTING = secrets.unmistakable(
    [*CHOSEN, *secrets.in_directory(DIRECTORY)], secrets.words([DIRECTORY])
) | secrets.unmistakable([*secrets.in_key_file(KEY), *secrets.in_secret_string(SECRET_STRING)])
HIDDEN = Secrets(
    LASTING,
    frozenset(secrets.in_question(QUESTION)),
    frozenset(secrets.in_history([{"parameters": json.dumps({"token": "dG9rZW4tMQ=="})}])),
)
VALUES = {
    "a password": 'Winter "21" <&+> ü',
    "a password that is not ASCII": "pä boss #1",
    "a hash": HASH,
    "a hash without its scheme": HASH[6:],
    "a hash that was cut short": HASH[:40],
    "a hash of the host's libcrypt": CRYPT,
    "the hash of a locked account": HASH[6:].swapcase(),
    "a hash of before": HASH[6:][::-1],
    "a password in clear": "clear as glass",
    "a private key": KEY,
    "a secret of Secrets Manager": "kW3-Probe#2026",
    "the code": QUESTION.code,
    "the link's key": QUESTION.link,
    "a task token": "dG9rZW4tMQ==",
}
TEXTS: dict[str, Callable[[str], str]] = {
    "as it is": lambda value: f"x{value}y",
    "in JSON": lambda value: json.dumps({"said": value}),
    "in JSON in JSON": lambda value: json.dumps({"output": json.dumps({"said": value})}),
    "on a page": lambda value: f"<td>{html.escape(value)}</td>",
    "in a link": lambda value: f"/x?said={quote(value, safe='')}",
    "in base64": lambda value: base64.b64encode(value.encode()).decode(),
    "in base64, one byte on": lambda value: base64.b64encode(f":{value}".encode()).decode(),
    "in base64, two bytes on": lambda value: base64.b64encode(f"u:{value}".encode()).decode(),
    "folded": lambda value: f"userPassword: {value[:5]}\n {value[5:]}",
    "folded in JSON": lambda value: json.dumps(f"userPassword: {value[:5]}\n {value[5:]}"),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_secret_is_found_however_it_is_written(value: str, text: Callable[[str], str]) -> None:
    assert leaks.leaks({"a.log": text(value), "b.log": "well"}, HIDDEN) == ["a.log"]


@pytest.mark.parametrize(
    "words",
    [
        "uid=mary: no password would open it: its {SSHA} hash is damaged",
        "userPassword:: e1NTSEF9 is {SSHA} in base64; $6$rounds=5000 depends on libcrypt",
        "a short sentence on Analysts of the cluster, by key=… and code=…",
        "changeoverprobe signs in with the userPassword of changeover/hpc/probe",
        "-----BEGIN PRIVATE KEY-----",
        "subnet-0a1b2c",
        '{"token": "{% $states.context.Task.Token %}"}',
    ],
)
def test_words_about_secrets_are_none(words: str) -> None:
    assert leaks.leaks({"a.log": words}, HIDDEN) == []


def test_the_mail_holds_what_decides_and_the_history_its_token_and_nothing_else() -> None:
    places = {
        leaks.INBOX: f"{QUESTION.link} {QUESTION.code}",
        leaks.HISTORY: '{"token": "dG9rZW4tMQ=="}',
    }
    assert leaks.leaks(places, HIDDEN) == []
    swapped = dict(zip(places, reversed(places.values()), strict=True))
    assert leaks.leaks(swapped, HIDDEN) == [leaks.INBOX, leaks.HISTORY]


@pytest.mark.parametrize(
    "name",
    [
        *("control-plane.log", "commands.jsonl", "logs/step.log", "hosts/i-1.log"),
        *("builds/b.log", "inbox/1.json", "out/report.json", "out/report.html"),
    ],
)
def test_every_file_that_is_read_later_is_searched(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"mary has {HASH}")
    found = leaks.leaks(dict(leaks.files(tmp_path, tmp_path / "out")), HIDDEN)
    assert len(found) == 1
