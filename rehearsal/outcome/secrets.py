"""The secret values of one run: passwords, hashes, keys and tokens."""

import base64
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from rehearsal.actors.approver import Question

SHORTEST = 8  # characters; a shorter value may occur anywhere by chance
_HASH_PART = 20  # first characters of a hash; so many are unique
_KEYS = ("key", "code")
_ROOT = Path(__file__).parents[2]
_OURS = ("layers/changeover", "functions", "documents", "statemachine", "rehearsal")

_FOLD = re.compile(rb"\r?\n ")
_PASSWORD = re.compile(
    rb"^(?:userpassword|pwdhistory)[^:\n]*:(:?) *(.*?) *\r?$", re.IGNORECASE | re.MULTILINE
)
_PASSWORD_LINES = re.compile(
    rb"^(?:userpassword|pwdhistory)[^\n]*\n?", re.IGNORECASE | re.MULTILINE
)
_HASH = re.compile(r"\{[\w./-]+\}[!*]*(.+)", re.DOTALL)
_PEM_LINE = re.compile(r"^[A-Za-z0-9+/]{64}$", re.MULTILINE)
_KEY_BLOCK = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)-----END", re.DOTALL)
_HIDING = re.compile(r"(password|passwd|secret|token|private_?key|api_?key)$", re.IGNORECASE)
_TOKEN = re.compile(r'\\*"token\\*": *\\*"([^"\\]+)')


@dataclass(frozen=True, slots=True)
class Secrets:
    """`asked` may be in the approval e-mail, `tokens` in the execution's history. No others may."""

    lasting: frozenset[str]
    asked: frozenset[str] = frozenset()
    tokens: frozenset[str] = frozenset()


def in_directory(ldif: bytes) -> Iterator[str]:
    """The part of each password hash to search for. A clear-text password is searched for whole."""
    for encoded, value in _PASSWORD.findall(_FOLD.sub(b"", ldif)):
        text = (base64.b64decode(value) if encoded else value).decode(errors="replace").strip()
        hashed = _HASH.search(text)
        yield hashed[1][:_HASH_PART] if hashed else text


def in_question(question: Question | None) -> Iterator[str]:
    """The code in the approval e-mail, and the key in its link."""
    if question:
        values = parse_qs(urlsplit(question.link).query)
        yield question.code
        yield from (key for each in _KEYS for key in values.get(each, ()))


def in_key_file(pem: str) -> Iterator[str]:
    """The whole lines of each private key; a certificate is public."""
    for block in _KEY_BLOCK.findall(pem):
        yield from _PEM_LINE.findall(block)


def in_secret_string(text: str) -> Iterator[str]:
    """The secret parts of a Secrets Manager value. SOCA stores all its settings in one."""
    try:
        values = json.loads(text)
    except ValueError:
        values = text
    if isinstance(values, dict):
        yield from (str(value) for name, value in values.items() if _HIDING.search(name))
    else:
        yield text


def in_history(history: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Task tokens. Each one can end the wait for the approval."""
    yield from _TOKEN.findall(json.dumps(history, default=str))


def unmistakable(secrets: Iterable[str], words: str = "") -> frozenset[str]:
    """Secrets that cannot match by chance: not short, and not part of the `words`."""
    return frozenset(each for each in secrets if len(each) >= SHORTEST and each not in words)


def words(trees: Collection[bytes]) -> str:
    """Words that are not secret: our sources, and public attributes of the directories."""
    ours = (path for part in _OURS for path in (_ROOT / part).rglob("*.*") if path.is_file())
    texts = [path.read_text(errors="replace") for path in ours if path.suffix in (".py", ".yaml")]
    texts += [
        _PASSWORD_LINES.sub(b"", _FOLD.sub(b"", tree)).decode(errors="replace") for tree in trees
    ]
    return "\n".join(texts)
