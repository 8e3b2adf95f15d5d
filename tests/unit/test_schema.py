"""The tables of attributes, held equal to what the installed slapd says of itself."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from changeover.identities import classes, schema

TOOLS = "/usr/sbin:/usr/bin"
SUDO = Path(__file__).parents[2] / "rehearsal/host/sudo.schema"
LOADED = ["core", "cosine", "nis", "inetorgperson"]
IGNORING_CASE = {"caseIgnoreMatch", "caseIgnoreIA5Match", "objectIdentifierMatch"}
# What slapd keeps for its own configuration and monitoring is nobody's identity.
OWN = ("olc", "monitor", "managedobject", "olm")
OWN_ARC = "1.3.6.1.4.1.4203.666.1.55."


@dataclass
class Definition:
    """An attribute, or a class and what its entries must have; all names are lower case."""

    text: str
    oid: str
    names: list[str]
    parents: list[str]
    equality: str
    usage: str
    must: list[str]


def definition(text: str) -> Definition:
    def words(keyword: str) -> list[str]:
        found = re.search(rf" {keyword} (?:\( (.+?) \)|(\S+))", text)
        return re.sub("[$']", "", found[1] or found[2]).split() if found else []

    return Definition(
        text,
        text.split(maxsplit=1)[0],
        [name.lower() for name in words("NAME")],
        [name.lower() for name in words("SUP")],
        "".join(words("EQUALITY")),
        "".join(words("USAGE")),
        [schema.canonical_name(name) for name in words("MUST")],
    )


@pytest.fixture(scope="module")
def configuration(tmp_path_factory) -> str:
    """All that a slapd with SOCA's schema says of itself."""
    folder = tmp_path_factory.mktemp("schema")
    files = [*(f"/etc/ldap/schema/{name}.schema" for name in LOADED), SUDO]
    draft, configuration = folder / "slapd.conf", folder / "slapd.d"
    draft.write_text("".join(f'include "{file}"\n' for file in files))
    configuration.mkdir()
    command = ["slaptest", "-f", draft, "-F", configuration]
    subprocess.run(command, check=True, capture_output=True, env={"PATH": TOOLS})
    text = "\n".join(file.read_text() for file in configuration.rglob("*.ldif"))
    return text.replace("\n ", "")


def definitions(kind: str, configuration: str) -> list[Definition]:
    line = re.compile(rf"^{kind}: (?:{{\d+}})?\( (.*)\)$", re.MULTILINE)
    return [definition(text) for text in line.findall(configuration)]


@pytest.fixture(scope="module")
def loaded(configuration) -> Mapping[str, Definition]:
    """Every attribute by its first name."""
    return {each.names[0]: each for each in definitions("olcAttributeTypes", configuration)}


@pytest.fixture(scope="module")
def of_users(loaded) -> Mapping[str, Definition]:
    return {
        name: attribute
        for name, attribute in loaded.items()
        if not attribute.usage
        and not name.startswith(OWN)
        and not attribute.oid.startswith(OWN_ARC)
    }


def equality(name: str, loaded: Mapping[str, Definition]) -> str:
    """An attribute without a rule of its own has its parent's."""
    attribute = loaded[name]
    inherited = (equality(parent, loaded) for parent in attribute.parents)
    return attribute.equality or next(inherited, "")


def test_every_attribute_of_users_is_known_and_no_other(of_users) -> None:
    assert of_users.keys() == schema.KNOWN


def test_case_is_ignored_where_the_schema_ignores_it(of_users, loaded) -> None:
    ignoring = {name for name in of_users if equality(name, loaded) in IGNORING_CASE}
    assert ignoring == schema.IGNORES_CASE
    assert {"uid", "cn", "mail", "objectclass"} < ignoring
    assert not {"memberuid", "homedirectory", "sudouser", "userpassword"} & ignoring


def test_names_are_values_where_the_schema_says_so(of_users, loaded) -> None:
    named = {name for name in of_users if equality(name, loaded) == "distinguishedNameMatch"}
    assert named == schema.DN_VALUED


@pytest.fixture(scope="module")
def known_classes(configuration) -> Mapping[str, Definition]:
    return {
        name: each
        for each in definitions("olcObjectClasses", configuration)
        for name in each.names
        if not name.startswith(OWN)
    }


def test_every_class_is_known_and_what_its_entries_must_have(known_classes) -> None:
    def must(name: str) -> set[str]:
        parents = (must(parent) for parent in known_classes[name].parents)
        return set(known_classes[name].must).union(*parents) - {"objectclass"}

    assert {name: must(name) for name in known_classes} == classes.REQUIRED


def test_an_entrys_structural_class_is_the_one_that_no_other_is_a_kind_of(known_classes) -> None:
    def above(name: str) -> set[str]:
        return {name}.union(*(above(parent) for parent in known_classes[name].parents))

    for name, each in known_classes.items():
        auxiliary = re.search("AUXILIARY|ABSTRACT", each.text)
        assert classes.structural(above(name)) == (set() if auxiliary else {name})


def test_operational_attributes_are_the_servers_own(loaded) -> None:
    assert all(loaded[name].usage for name in schema.OPERATIONAL)


def test_aliases_and_oids_stand_for_the_first_name(of_users) -> None:
    assert {
        synonym: schema.canonical_name(synonym)
        for attribute in of_users.values()
        for synonym in (attribute.oid, *attribute.names)
    } == {
        synonym: first
        for first, attribute in of_users.items()
        for synonym in (attribute.oid, *attribute.names)
    }


@pytest.mark.parametrize(
    ("canonical", "spelled"),
    [
        ("objectclass", "objectClass"),
        ("uidnumber", "uidNumber"),
        ("cn;lang-de", "cn;lang-de"),
        ("memberof", "memberof"),
    ],
)
def test_people_read_names_as_the_schema_spells_them(canonical: str, spelled: str) -> None:
    assert schema.spelled(canonical) == spelled
    assert schema.canonical_name(spelled) == canonical


@pytest.mark.parametrize(
    ("description", "canonical"),
    [
        ("userCertificate;binary", "usercertificate;binary"),
        ("2.5.4.3;lang-de;lang-DE;binary", "cn;binary;lang-de"),
        ("memberOf", "memberof"),
    ],
)
def test_a_description_has_one_spelling(description: str, canonical: str) -> None:
    assert schema.canonical_name(description) == canonical
