"""The schema that we carry as data, held equal to what the installed slapd says of itself."""

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from changeover.ldap import schema, schema_files
from changeover.ldap.schema_definitions import (
    AttributeType,
    BadSchema,
    Definitions,
    Kind,
    ObjectClass,
    merged,
)
from tests.support.slapd import Slapd

# What slapd keeps for its own configuration and monitoring is nobody's identity.
OWN = ("olc", "monitor", "managedobject", "olm")
OWN_ARC = "1.3.6.1.4.1.4203.666.1.55."
OVERLAYS = (
    *("accesslog", "auditlog", "autogroup", "collect", "constraint", "dds", "deref", "dyngroup"),
    *("homedir", "lastbind", "memberof", "otp", "pcache", "ppolicy", "refint", "remoteauth"),
    *("retcode", "rwm", "seqmod", "sssvlv", "syncprov", "translucent", "unique", "valsort"),
)
# slapd knows these and hides them from clients; the test below asks slapadd.
HIDDEN = {
    *("namingCSN", "syncreplCookie", "monitorContext", "configContext", "administrativeRole"),
    *("subtreeSpecification", "dITStructureRules", "dITContentRules", "nameForms", "entry"),
    *("children", "authzTo", "authzFrom", "OpenLDAPaci", "entryExpireTimestamp", "pcacheQueryID"),
    *("pcacheQueryURL", "glue", "syncConsumerSubentry", "syncProviderSubentry"),
}


def ours(*files: str) -> Definitions:
    return merged(schema._definitions(name) for name in files)


def named(
    definitions: Definitions,
) -> dict[str, AttributeType | ObjectClass]:
    """All by their first names, but for what is slapd's own or hidden."""
    everything = [each for _, each in (*definitions.attributes, *definitions.classes)]
    return {
        each.names[0]: replace(each, ordered=False) if isinstance(each, AttributeType) else each
        for each in everything
        if not each.names[0].lower().startswith(OWN)
        and not each.oid.startswith(OWN_ARC)
        and each.names[0] not in HIDDEN
    }


def said_by(slapd: Slapd) -> Definitions:
    """What a running slapd says in cn=Subschema."""
    command = ["ldapsearch", "-LLL", "-x", "-o", "ldif-wrap=no", "-s", "base", "-b", "cn=Subschema"]
    url = f"ldapi://{str(slapd.socket).replace('/', '%2F')}"
    with slapd.running():
        said = subprocess.run(
            [*command, "-H", url, "attributeTypes", "objectClasses"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    return schema_files.read(said, "cn=Subschema")


@pytest.fixture(scope="module")
def plain() -> Iterator[Slapd]:
    with TemporaryDirectory(prefix="slapd-", dir="/tmp") as folder:
        yield Slapd(Path(folder))


@pytest.fixture(scope="module")
def loaded(plain: Slapd) -> Mapping[str, AttributeType | ObjectClass]:
    return named(said_by(plain))


def test_what_soca_loads_is_what_slapd_says(loaded) -> None:
    assert named(ours(*schema.SOCA)) == loaded


def test_operational_attributes_of_overlays_are_what_slapd_says(loaded) -> None:
    with TemporaryDirectory(prefix="slapd-", dir="/tmp") as folder:
        everything = named(said_by(Slapd(Path(folder), modules=OVERLAYS)))
    assert named(ours("overlays")) == {
        name: each
        for name, each in everything.items()
        if name not in loaded
        and isinstance(each, AttributeType)
        and (each.operational or each.unmodifiable)
    }


def test_what_slapd_hides_it_knows(plain: Slapd) -> None:
    overlays = {each.names[0] for _, each in ours("overlays").attributes}
    attributes = {each.names[0] for _, each in ours(*schema.SOCA).attributes}
    entry = "dn: ou=x,dc=soca,dc=local\nobjectClass: organizationalUnit\n"
    for name in HIDDEN & attributes - overlays:
        refused = plain.slapadd([f"{entry}{name}: ?\n".encode()], "-u")
        assert "undefined" not in str(refused)
    for name in HIDDEN - attributes - overlays:
        refused = plain.slapadd([f"{entry}objectClass: {name}\n".encode()], "-u")
        assert "unrecognized" not in str(refused)


def test_case_is_ignored_where_the_schema_ignores_it() -> None:
    ignoring = ["uid", "cn", "mail", "objectclass", "cn;lang-de", "surname", "gecos", "dc"]
    assert all(map(schema.ignores_case, ignoring))
    minding = ["memberuid", "homedirectory", "sudouser", "userpassword", "x-unheard"]
    assert not any(map(schema.ignores_case, minding))


def test_names_are_values_where_the_schema_says_so() -> None:
    assert all(map(schema.names_entries, ["member", "manager", "seealso", "aliasedobjectname"]))
    assert not any(map(schema.names_entries, ["memberuid", "uniquemember", "cn"]))


STAYING = [
    *("entryuuid", "modifytimestamp", "contextcsn", "pwdlastsuccess", "authtimestamp", "memberof"),
    *("pwdhistory", "pwdreset", "pwdaccountlockedtime", "pwdpolicysubentry", "auditcontext"),
    *("entryexpiretimestamp", "entryttl", "vendorname", "pcachequeryid", "entryuuid;lang-de"),
]


@pytest.mark.parametrize("name", STAYING)
def test_what_a_server_keeps_for_itself_moves_with_nobody(name: str) -> None:
    assert schema.stays(schema.canonical_name(name))


@pytest.mark.parametrize("name", ["ref", "authzto", "aliasedobjectname", "cn", "x-unheard-of"])
def test_what_people_can_write_moves(name: str) -> None:
    assert not schema.stays(name)


@pytest.mark.parametrize(
    ("names", "structural"),
    [
        (["top", "person", "inetorgperson", "organizationalperson"], {"inetorgperson"}),
        (["posixgroup", "groupofnames"], {"posixgroup", "groupofnames"}),
        (["2.5.6.6", "posixaccount"], {"person"}),
        (["pilotorganization", "organization", "organizationalunit"], {"pilotorganization"}),
        (["top", "posixaccount", "ldappublickey"], set()),
    ],
)
def test_an_entrys_structural_class_is_the_one_that_no_other_is_a_kind_of(
    names: list[str], structural: set[str]
) -> None:
    assert schema.load().structural(names) == structural


@pytest.mark.parametrize(
    ("canonical", "spelled"),
    [
        ("objectclass", "objectClass"),
        ("uidnumber", "uidNumber"),
        ("cn;lang-de", "cn;lang-de"),
        ("x-unheard", "x-unheard"),
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
        ("1.3.6.1.1.1.1.12", "memberuid"),
    ],
)
def test_a_description_has_one_spelling(description: str, canonical: str) -> None:
    assert schema.canonical_name(description) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "# ours\nobjectidentifier our 1.2\nattributetype ( our:3\n\tNAME 'a'\n  SUP cn )\n",
        (
            "dn: cn=ours,cn=schema,cn=config\nobjectClass: olcSchemaConfig\ncn: ours\n"
            "olcAttributeTypes: {0}( 1.2.3 NAME 'a' DESC 'a wo\n rd' SUP cn X-Y ( 'x' 'y' ) )\n"
        ),
        "attributeTypes: ( 1.2.3 NAME ( 'a' ) SUP cn )\n",
        "olcAttributeTypes:: KCAxLjIuMyBOQU1FICdhJyBTVVAgY24gKQ==\n",
        "attributetype (1.2.3 NAME 'a' SUP cn)",
    ],
)
def test_a_definition_is_read_in_every_form(text: str) -> None:
    ((_, attribute),) = schema_files.read(text, "ours").attributes
    assert attribute == AttributeType("1.2.3", ("a",), superior="cn")


def test_a_class_is_read_with_all_that_it_says() -> None:
    text = "objectclass ( 1.2 NAME 'c' OBSOLETE SUP ( a $ b ) AUXILIARY MUST cn MAY ( sn $ l ) )"
    ((_, each),) = schema_files.read(text, "ours").classes
    assert each == ObjectClass(
        "1.2", ("c",), ("a", "b"), Kind.AUXILIARY, ("cn",), ("sn", "l"), obsolete=True
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("attributetype ( 1.2.3 NAME 'a' SUP cn", "a closing parenthesis is missing"),
        ("attributetype ( 1.2.3 NAME 'a SUP cn )", "a closing quote is missing"),
        ("attributetype ( 1.2.3 NAME 'a' SUP cn ) )", "after the last parenthesis"),
        ("attributetype ( 1.2.3 NAME 'a' NAME 'b' SUP cn )", "NAME occurs twice"),
        ("attributetype ( 1.2.3 NAME 'a' )", "neither SUP nor SYNTAX"),
        ("attributetype ( 1.2.3 NAME 'a' KIND x )", "'KIND' is not allowed here"),
        ("attributetype ( 1.2.3 NAME 'a' SUP cn USAGE mine )", "'mine' is not a USAGE"),
        ("attributetype ( ours:3 NAME 'a' SUP cn )", "'ours:3' is not an OID"),
        ("attributetype ( 1.2.3 NAME 'a b' SUP cn )", "'a b' is not a valid name"),
        ("moduleload ppolicy", "'moduleload' is not a schema definition"),
        ("olcAttributeTypes:: ***", "bad base64"),
        ("( 1.2.3 NAME 'a' )", "no definition begins here"),
    ],
)
def test_what_is_no_definition_is_told_with_its_place(text: str, complaint: str) -> None:
    with pytest.raises(BadSchema, match=r"^own\.schema, line 2: ") as refused:
        schema_files.read(f"# ours\n{text}\n", "own.schema")
    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("attributetype ( 1.2.3 NAME 'a' SUP nothing )", "the attribute nothing is not defined"),
        ("objectclass ( 1.2.3 NAME 'a' MUST nothing )", "the attribute nothing is not defined"),
        ("objectclass ( 1.2.3 NAME 'a' SUP nothing )", "the class nothing is not defined"),
        ("attributetype ( 1.2.3 NAME 'cn' SUP name )", "cn is already defined differently"),
    ],
)
def test_definitions_that_do_not_fit_are_told_with_their_place(text: str, complaint: str) -> None:
    with pytest.raises(BadSchema, match=f"own.schema, line 1: {complaint}"):
        schema.own_definitions({"own.schema": text})


def test_what_soca_loads_already_may_be_given_again() -> None:
    text = Path("/etc/ldap/schema/nis.schema").read_text(encoding="utf-8")
    assert schema.own_definitions({"nis.schema": text})
