"""Two spellings of a DN are equal for the package if they are equal for a real slapd."""

import itertools
import subprocess
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from changeover.ldap import dn, schema, syntaxes
from tests.support.slapd import BASE, TOOLS, Slapd

_VALUES = {
    "a,b": ['"a,b"', r"a\,b", r"a\2Cb", r'"a\,b"', r'" a,b "', r" a\2cb "],
    'a"b': [r'"a\"b"', r"a\"b", r"a\22b"],
    "a;b": ['"a;b"', r"a\;b", r"a\3bb"],
    "a\\b": [r'"a\\b"', r"a\\b", r"a\5Cb"],
    "a+b=c": ['"a+b=c"', r"a\+b=c", r"a\2Bb\3Dc"],
    "#a": ['"#a"', r"\#a", r"\23a"],
    "a2cb": [r'"a\2cb"', "a2cb", "A2CB"],
    "a b": ['"a  b"', "a b", r"\ a \20b\ ", " a b "],
    "<a>": ['"<a>"', r"\<a\>"],
    "plain": ['"plain"', "plain", "\nplain\t", r"\70lain"],
}
_TYPES = ["cn", "CN", "commonName", "2.5.4.3", " cn ", "cn;lang-de"]
_SEPARATORS = [",", ";", " , ", " ;", ";\n"]
_TAILS = ["dc=soca{}dc=local", 'dc="soca"{}dc="local"', r"DC=\73oca{}domainComponent=local"]
_TAILS += ["0.9.2342.19200300.100.1.25=soca{}dc=local"]


def spellings(seed: int, number: int) -> list[str]:
    random = Random(seed)
    every = [*itertools.chain(*_VALUES.values())]

    def pair() -> str:
        return f"{random.choice(_TYPES)}={random.choice(every)}"

    def name() -> str:
        rdn = pair() if random.random() < 0.8 else f"{pair()}+sn={random.choice(every)}"
        tail = random.choice(_TAILS).format(random.choice(_SEPARATORS))
        return f"{rdn}{random.choice(_SEPARATORS)}{tail}"

    return sorted({name() for _ in range(number)})


def as_slapd_reads(names: list[str]) -> list[str]:
    """Return slapdn's normalized spelling of each name."""
    with TemporaryDirectory(prefix="slapd-", dir="/tmp") as folder:
        slapd = Slapd(Path(folder))
        command = ["slapdn", "-N", "-f", str(slapd.configuration)]
        return [
            subprocess.run(
                [*command, name], check=True, capture_output=True, text=True, env={"PATH": TOOLS}
            ).stdout
            for name in names
        ]


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.long) for n in (2, 3))])
def test_names_are_one_to_us_that_are_one_to_slapd(seed: int) -> None:
    names = spellings(seed, 150)
    is_dn = syntaxes.of(schema.load()).is_dn
    assert all(is_dn(name.encode()) for name in names)
    ours: dict[str, set[str]] = {}
    slapds: dict[str, set[str]] = {}
    for name, read in zip(names, as_slapd_reads(names), strict=True):
        ours.setdefault(dn.normal(name), set()).add(name)
        slapds.setdefault(read, set()).add(name)
    assert sorted(map(sorted, ours.values())) == sorted(map(sorted, slapds.values()))
    assert all(dn.under(name, dn.normal(BASE)) for name in ours)
    assert all(dn.normal(name) == name for name in ours)
