"""Entries are compared by what people put into them, not by how a server spells or stamps them."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changeover.identities import directories
from changeover.ldap import ldif
from changeover.ldap.entry import Entry
from tests.support.directory import Directory, account, entry, scaffold, shared_group, user_dn

MARY = account("mary", "Spring#2021", 5002, sudo=True)
JDOE = account("jdoe", "Winter@2021", 5003)
EVERYBODY = scaffold() | MARY | JDOE | shared_group("cfdteam", 6000, ["mary", "jdoe"])

entries = st.dictionaries(
    st.sampled_from(["cn", "mail", "memberuid", "objectclass"]),
    st.frozensets(st.binary(max_size=20), min_size=1, max_size=4),
    min_size=1,
)
ENTRY = ("objectClass: top", "objectClass: posixAccount", "cn: Mary Smith", "memberUid: Mary")


def read(*lines: str) -> Directory:
    return directories.read_directory(io.BytesIO("".join(f"{line}\n" for line in lines).encode()))


@given(st.lists(entries, max_size=5), st.randoms())
def test_a_digest_is_blind_to_order(bodies: list[dict[str, frozenset[bytes]]], chance) -> None:
    items = [(f"cn={n}", Entry(f"cn={n}", body)) for n, body in enumerate(bodies)]
    shuffled = [(name, Entry(e.dn, dict(reversed(e.attributes.items())))) for name, e in items]
    chance.shuffle(shuffled)
    assert directories.digest(dict(shuffled)) == directories.digest(dict(items))


def test_a_digest_is_blind_to_case_and_escapes_in_names() -> None:
    one = read("dn: uid=Mary,ou=People", "uid: mary")
    other = read("dn: UID=\\6dary,OU=people", "UID: mary")
    assert directories.digest(one) == directories.digest(other)


@pytest.mark.parametrize(
    "spelled",
    [
        (*reversed(ENTRY), "mail: m@x"),
        ("objectclass: TOP", "OBJECTCLASS: posixaccount", *ENTRY[2:], "rfc822Mailbox: M@X"),
        (*ENTRY[:2], "cn:: TWFyeSAgU21pdGg=", "memberUid:: TWFyeQ==", "mail: m@x"),
        (*ENTRY[:2], "commonName:   MARY  smith ", "memberUid:Mary", "mail: M@x"),
        (
            *ENTRY[:2],
            "c",
            " n: Mary",
            "  Smith",
            "# memberUid: mary",
            "memberUid: Mary",
            "mail: m@x",
        ),
        (*ENTRY, "cn: mary smith", "0.9.2342.19200300.100.1.3: m@x", "mail: m@X"),
        (*ENTRY, "entryUUID: 1", "modifyTimestamp: 2", "creatorsName: cn=x", "mail: m@x"),
    ],
)
@pytest.mark.parametrize(
    "name",
    ["dn: uid=mary,ou=People", "DN: UID=M\\61ry, ou=people", "dn: userid=#04046d617279,ou=People"],
)
def test_a_digest_is_blind_to_how_the_same_is_written(spelled: tuple[str, ...], name: str) -> None:
    plain = read("dn: uid=mary,ou=People", *ENTRY, "mail: m@x")
    assert directories.digest(read(name, *spelled)) == directories.digest(plain)


@pytest.mark.parametrize(
    "other",
    [
        ("dn: uid=mary,ou=Group", *ENTRY),
        ("dn: uid=mary,ou=People", *ENTRY[:3], "memberUid: mary"),
        ("dn: uid=mary,ou=People", *ENTRY[:3], "memberUid: Mary "[:-1], "memberUid: mary"),
        ("dn: uid=mary,ou=People", *ENTRY[:2], "cn: Mary", "sn: Smith", "memberUid: Mary"),
        ("dn: uid=mary,ou=People", *ENTRY[:2], "sn: Mary Smith", "memberUid: Mary"),
        ("dn: uid=mary,ou=People", *ENTRY[:3], "cn: Mary"),
        ("dn: uid=mary,ou=People", *ENTRY[:2], "cn;lang-de: Mary Smith", "memberUid: Mary"),
        ("dn: uid=mary,ou=People", *ENTRY, "", "dn: uid=jdoe,ou=People", "uid: jdoe"),
    ],
)
def test_a_digest_is_not_blind_to_anything_else(other: tuple[str, ...]) -> None:
    assert directories.digest(read(*other)) != directories.digest(
        read("dn: uid=mary,ou=People", *ENTRY)
    )


@pytest.mark.parametrize("spelled", ["uid=mary,ou=Group", "ou=People"])
def test_a_name_that_takes_in_its_digest_does_not_pass_for_another(spelled: str) -> None:
    (entry,) = read(f"dn: {spelled}", "cn: a").values()
    one, two = {"a": entry.digest()}, {"a" + entry.digest().hex(): b""}
    assert directories.digest_of(one) != directories.digest_of(two)


@given(st.lists(entries, min_size=1, max_size=5))
def test_a_directory_written_and_read_is_the_same(bodies) -> None:
    directory: Directory = {f"cn={n}": Entry(f"cn={n}", body) for n, body in enumerate(bodies)}
    text = b"".join(directories.write_directory(directory.values()))
    assert directories.read_directory(io.BytesIO(text)) == directory


def test_names_are_written_as_the_schema_spells_them() -> None:
    text = b"".join(directories.write_directory(MARY.values()))
    assert b"objectClass: top" in text
    assert b"uidNumber: 5002" in text
    assert b"sudoUser: mary" in text


def test_parents_are_written_ahead_of_their_children() -> None:
    text = b"".join(directories.write_directory(reversed(list(EVERYBODY.values()))))
    names = [record.dn for record in ldif.read(text.splitlines(keepends=True))]
    depths = [name.count(",") for name in names]
    assert depths == sorted(depths)


def test_what_the_server_adds_by_itself_is_not_compared() -> None:
    stamped = read("dn: cn=a", "cn: a", "entryUUID: 1", "modifyTimestamp: 2", "ENTRYCSN: 3")
    assert stamped == read("dn: cn=a", "cn: a")


def test_an_entry_that_comes_twice_is_refused() -> None:
    with pytest.raises(ldif.Malformed, match="comes twice"):
        read("dn: cn=a", "cn: a", "", "dn: CN=A", "cn: a")


def test_everybody_is_counted_and_nothing_else() -> None:
    contact = entry("cn=helpdesk,ou=People,dc=soca,dc=local", objectClass="inetOrgPerson")
    counts = directories.count(EVERYBODY | contact)
    assert counts == directories.Counts(users=2, groups=3, sudo_roles=1, password_hashes=2)


@pytest.mark.parametrize("value", [b"", b"Spring#2021", b"{CLEARTEXT}x", b"{SSHA}AAAA"])
def test_a_hash_that_no_password_opens_is_not_counted(value: bytes) -> None:
    name = user_dn("bob")
    user = entry(name, objectClass="posixAccount", uid="bob", userPassword=value)
    assert directories.count(user).password_hashes == 0


def test_who_can_log_in_is_named() -> None:
    nobody = entry(user_dn("bob"), objectClass=["top", "posixAccount"], uid="bob")
    able = directories.with_login(EVERYBODY | nobody)
    assert able == {name for name in EVERYBODY if name.startswith("uid=")}


def test_kinds_are_compared_whatever_their_case() -> None:
    (account_entry,) = entry("uid=a", objectClass="POSIXaccount").values()
    assert account_entry.is_a("posixAccount")
    assert not account_entry.is_a("posixGroup")


def test_an_attribute_that_is_missing_has_an_empty_first_value() -> None:
    assert Entry("cn=a", {}).first("mail") == b""
