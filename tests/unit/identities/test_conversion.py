"""A directory goes from any dialect to any other and back, and nobody is lost on the way."""

import re
from itertools import permutations
from urllib.parse import quote

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from changeover.errors import Refused
from changeover.identities.conversion import convert, convert_back
from changeover.ldap import dn
from changeover.ldap.entry import Entry
from changeover.soca.dialect import SOCA_2_6, SOCA_2_7, SOCA_24_10, SOCA_26_4, Dialect
from changeover.soca.directory_provider import Move, Provider, judge_move
from tests.support.directory import Directory, entry, scaffold

SITE_2_6, SITE_2_7 = SOCA_2_6, SOCA_2_7
SITE_24_10, SITE_26_4 = SOCA_24_10.of("soca-old"), SOCA_26_4.of("edh-green")
WAYS = list(permutations([SITE_2_6, SITE_2_7, SITE_24_10, SITE_26_4], 2))


def escaped(value: str) -> str:
    return re.sub(r'([,+"\\<>;=#]|^ | $)', r"\\\1", value)


def user(uid: str, gid: int, dialect: Dialect = SITE_2_6, **more: str) -> Directory:
    return entry(
        f"uid={escaped(uid)},{dialect.people}",
        objectClass=["top", "posixAccount", "inetOrgPerson"],
        uid=uid,
        cn=uid,
        uidNumber=str(gid),
        gidNumber=str(gid),
        userPassword=b"{SSHA}\xff\x00not text",
        **more,
    )


def group(cn: str, gid: int, dialect: Dialect = SITE_2_6, /, **more: str | list[str]) -> Directory:
    name = f"cn={escaped(cn)},{dialect.groups}"
    kind = {"objectClass": ["top", "posixGroup"], "gidNumber": str(gid)}
    return entry(name, **{"cn": cn, **kind, **more})


def person(uid: str, gid: int) -> Directory:
    """As a 2.6 release has them."""
    return user(uid, gid) | group(uid, gid, memberUid=uid)


def one(directory: Directory, name: str) -> Entry:
    return directory[dn.normal(name)]


# --- what changes, and what does not


def test_a_private_group_gets_its_suffix_and_keeps_everything_else() -> None:
    moved = convert(scaffold() | person("mary", 5002), SITE_2_6, SITE_26_4)
    assert moved == {
        **entry(
            "uid=mary,ou=people,dc=edh-green,dc=local",
            objectClass=["top", "posixAccount", "inetOrgPerson"],
            uid="mary",
            cn="mary",
            uidNumber="5002",
            gidNumber="5002",
            userPassword=b"{SSHA}\xff\x00not text",
        ),
        **entry(
            "cn=marysocagroup,ou=group,dc=edh-green,dc=local",
            objectClass=["top", "posixGroup"],
            cn="marysocagroup",
            gidNumber="5002",
            memberUid="mary",
        ),
    }


def test_on_the_way_back_it_loses_its_suffix() -> None:
    directory = user("mary", 5002, SITE_26_4) | group("marysocagroup", 5002, SITE_26_4)
    moved = convert(directory, SITE_26_4, SITE_2_6)
    assert one(moved, "cn=mary,ou=Group,dc=soca,dc=local").attributes["cn"] == {b"mary"}


@pytest.mark.parametrize(
    "shared",
    [
        group("cfdteam", 6000),
        group("mary", 6000),
        group("marys", 5002),
        group("Mary K.", 5002),
        group("cfdteam", 5002, cn=["cfdteam", "mary"]),
    ],
    ids=["a team", "another gid", "another name", "a name with a blank", "beside its own name"],
)
def test_every_other_group_keeps_its_name(shared: Directory) -> None:
    moved = convert(user("mary", 5002) | shared, SITE_2_6, SITE_2_7)
    assert shared.items() <= moved.items()


def test_a_group_may_have_other_names_beside_its_own() -> None:
    beside = group("mary", 5002, cn=["mary", "Mary's own"])
    moved = convert(user("mary", 5002) | beside, SITE_2_6, SITE_2_7)
    names = one(moved, f"cn=marysocagroup,{SITE_2_7.groups}").attributes["cn"]
    assert names == {b"marysocagroup", b"Mary's own"}


def test_case_and_escapes_do_not_hide_whose_a_group_is() -> None:
    directory = user("Mary", 1) | group("mary", 1) | user("a,b", 2) | group("a,b", 2)
    moved = convert(directory, SITE_2_6, SITE_2_7)
    assert f"cn=marysocagroup,{SITE_2_7.groups}".lower() in moved
    assert one(moved, f"cn=a\\,bsocagroup,{SITE_2_7.groups}").attributes["cn"] == {b"a,bsocagroup"}


@pytest.mark.parametrize("letter", "!$%&'()*/:?@[]^`{|}~\"#+,;<=>\\ ")
def test_no_letter_in_a_name_hides_whose_a_group_is(letter: str) -> None:
    name = f"o{letter}neil"
    moved = convert(user(name, 1) | group(name, 1), SITE_2_6, SITE_2_7)
    cns = [each.attributes["cn"] for each in moved.values()]
    assert frozenset([f"{name}socagroup".encode()]) in cns


@pytest.mark.parametrize("name", [" e ", "ﬁ", "E\u0301"])
def test_a_group_is_named_by_one_of_its_cns_however_it_is_called(name: str) -> None:
    directory = user(name, 1) | group(name, 1)
    moved = convert(directory, SITE_2_6, SITE_2_7)
    (named,) = (each for each in moved if each.startswith("cn="))
    assert named.startswith(dn.part("cn", moved[named].first("cn")) + ",")
    returned = convert(moved, SITE_2_7, SITE_2_6)
    assert {n: e.attributes for n, e in returned.items()} == {
        n: e.attributes for n, e in directory.items()
    }


def test_a_name_in_hex_digits_can_be_lengthened_too() -> None:
    name = "cn=#04046d617279,ou=Group,dc=soca,dc=local"
    hexed = entry(name, objectClass="posixGroup", cn="mary", gidNumber="5002")
    moved = convert(user("mary", 5002) | hexed, SITE_2_6, SITE_2_7)
    assert one(moved, f"cn=marysocagroup,{SITE_2_7.groups}").attributes["cn"] == {b"marysocagroup"}


def test_of_two_users_of_one_name_each_may_have_the_group() -> None:
    elsewhere = entry("ou=Old,dc=soca,dc=local", objectClass="organizationalUnit")
    twin = entry("uid=mary,ou=Old,dc=soca,dc=local", uid="mary", uidNumber="9", gidNumber="9")
    for users in (user("mary", 5002) | twin, twin | user("mary", 5002)):
        moved = convert(elsewhere | users | group("mary", 9), SITE_2_6, SITE_2_7)
        assert f"cn=marysocagroup,{SITE_2_7.groups}".lower() in moved


def test_two_users_may_be_called_as_if_one_were_the_others_group() -> None:
    directory = person("x", 7) | person("xsocagroup", 7)
    moved = convert(directory, SITE_2_6, SITE_2_7)
    assert convert(moved, SITE_2_7, SITE_2_6) == directory


def test_names_among_the_values_follow_their_entries_and_nothing_else_does() -> None:
    directory = person("mary", 5002) | group(
        "cfdteam",
        6000,
        memberUid=["mary", "uid=mary,ou=People,dc=soca,dc=local"],
        seeAlso=["cn=mary, OU=group, DC=soca, DC=local", "cn=x,dc=elsewhere"],
        description="uid=mary,ou=People,dc=soca,dc=local",
    )
    team = one(convert(directory, SITE_2_6, SITE_26_4), f"cn=cfdteam,{SITE_26_4.groups}")
    assert team.attributes["memberuid"] == {b"mary", b"uid=mary,ou=people,dc=edh-green,dc=local"}
    assert team.attributes["seealso"] == {
        b"cn=marysocagroup,ou=group,dc=edh-green,dc=local",
        b"cn=x,dc=elsewhere",
    }
    assert team.attributes["description"] == {b"uid=mary,ou=People,dc=soca,dc=local"}


@pytest.mark.parametrize(
    ("written", "there"),
    [
        ('cn="a,b",ou=People,dc=soca,dc=local', 'cn="a,b",ou=people,dc=edh-green,dc=local'),
        ('uid="mary";ou=People;dc=soca;dc=local', 'uid="mary",ou=people,dc=edh-green,dc=local'),
        ("cn=x;ou=y ; DC = soca ; dc=local", "cn=x,ou=y ,dc=edh-green,dc=local"),
        ('cn=x,dc="soca",dc="local"', "cn=x,dc=edh-green,dc=local"),
        (r"cn=x\;y,dc=\73oca,dc=local", r"cn=x\;y,dc=edh-green,dc=local"),
        ("cn=x,0.9.2342.19200300.100.1.25=soca,dc=local", "cn=x,dc=edh-green,dc=local"),
        ('"mary";ou=Group;dc=soca;dc=local', '"mary";ou=Group;dc=soca;dc=local'),
        ('cn="mary";ou=Group;dc=soca;dc=local', "cn=marysocagroup,ou=group,dc=edh-green,dc=local"),
        ('cn="x,dc=soca,dc=local"', 'cn="x,dc=soca,dc=local"'),
    ],
)
def test_a_name_in_ldapv2s_spelling_follows_too(written: str, there: str) -> None:
    directory = person("mary", 5002) | group("cfdteam", 6000, seeAlso=[written])
    team = one(convert(directory, SITE_2_6, SITE_26_4), f"cn=cfdteam,{SITE_26_4.groups}")
    assert team.attributes["seealso"] == {there.encode()}


@pytest.mark.parametrize(
    ("link", "there"),
    [
        ("ldap:///ou=People,{old}??sub?(uid=*)", "ldap:///ou=People,{new}??sub?(uid=*)"),
        ("ldap:///uid=mary,ou=People,{old} Mary", "ldap:///uid=mary,ou=people,{new} Mary"),
        ("LDAPS://localhost:636/{old}", "LDAPS://localhost:636/dc=edh-green,dc=local"),
        ("ldapi://%2Frun%2Fldapi/ou=x%20y,{old}?cn", "ldapi://%2Frun%2Fldapi/ou=x%20y,{new}?cn"),
        ("ldap:///cn=M%c3%BCll,ou=Group,{old}", "ldap:///cn=M%c3%BCll,ou=group,{new}"),
        ("ldap:///cn=mary,ou=Group,{old}", "ldap:///cn=marysocagroup,ou=group,{new}"),
        ("ldap:///cn=%6dary,ou=Group,{old}?cn", "ldap:///cn=%6darysocagroup,ou=group,{new}?cn"),
        ("ldap:///cn=a%5C,b,ou=Group,{old}", "ldap:///cn=a%5C,b,ou=group,{new}"),
    ],
)
@pytest.mark.parametrize("attribute", ["labeledURI", "ref", "labeledURI;x-of"])
def test_links_into_the_directory_follow_it_and_come_back(attribute, link, there) -> None:
    old, new = SITE_2_6.base_dn, SITE_26_4.base_dn
    odd = entry(f"cn=odd,{old}", objectClass="device", **{attribute: link.format(old=old)})
    directory = person("mary", 5002) | odd
    moved = convert(directory, SITE_2_6, SITE_26_4)
    values = one(moved, f"cn=odd,{new}").attributes[attribute.lower()]
    assert values == {there.format(new=new).encode()}
    assert convert(moved, SITE_26_4, SITE_2_6) == directory


@pytest.mark.parametrize(
    "link",
    [
        "ldap://ldap.corp/ou=People,dc=soca,dc=local",
        "ldap://10.0.1.23:389/dc=soca,dc=local",
        "ldap:///ou=People,dc=other,dc=local",
        "ldap:///adc=soca,dc=local",
        "ldap:///",
        "ldap:///???(manager=uid=mary,ou=People,dc=soca,dc=local)",
        "https://wiki/dc=soca,dc=local",
        "ldap:///%ff,dc=soca,dc=local",
        "uid=mary,ou=People,dc=soca,dc=local",
    ],
)
def test_links_to_elsewhere_stay_as_they_are(link: str) -> None:
    odd = entry("cn=odd,dc=soca,dc=local", objectClass="device", labeledURI=link)
    moved = convert(odd, SITE_2_6, SITE_26_4)
    assert one(moved, "cn=odd,dc=edh-green,dc=local").attributes["labeleduri"] == {link.encode()}


def test_attributes_with_an_option_follow_as_those_without() -> None:
    odd = {"seeAlso;x-old": "uid=mary,ou=People,dc=soca,dc=local"}
    directory = entry("cn=odd,dc=soca,dc=local", objectClass="device", **odd)
    moved = convert(directory, SITE_2_6, SITE_26_4)
    values = one(moved, "cn=odd,dc=edh-green,dc=local").attributes["seealso;x-old"]
    assert values == {b"uid=mary,ou=people,dc=edh-green,dc=local"}


def test_sudo_roles_follow_the_unix_groups_that_they_name() -> None:
    role = entry(
        f"cn=team,{SITE_2_6.sudoers}",
        objectClass="sudoRole",
        cn="team",
        sudoUser=["mary", "%mary", "!%Mary", "%cfdteam", "%#5002", "%:mary", "ALL"],
        sudoRunAs=["mary", "%mary"],
        sudoRunAsUser=["mary", "%mary"],
        sudoRunAsGroup=["mary", "!mary", "cfdteam", "#5002"],
        sudoCommand="%mary",
    )
    directory = person("mary", 5002) | group("cfdteam", 6000) | role
    moved = convert(directory, SITE_2_6, SITE_26_4)
    team = one(moved, f"cn=team,{SITE_26_4.sudoers}").attributes
    users = "mary %marysocagroup !%Marysocagroup %cfdteam %#5002 %:mary ALL"
    assert team["sudouser"] == frozenset(users.encode().split())
    assert team["sudorunas"] == team["sudorunasuser"] == {b"mary", b"%marysocagroup"}
    groups = "marysocagroup !marysocagroup cfdteam #5002"
    assert team["sudorunasgroup"] == frozenset(groups.encode().split())
    assert team["sudocommand"] == {b"%mary"}
    assert convert(moved, SITE_26_4, SITE_2_6) == directory


@pytest.mark.parametrize(
    "value", [b"\xff=,dc=soca,dc=local", b"=,dc=soca", b"a=b\\", b"u=x,adc=soca,dc=local"]
)
def test_a_member_that_is_no_name_stays_as_it_is(value: bytes) -> None:
    directory = person("mary", 1) | entry(
        f"cn=odd,{SITE_2_6.groups}", objectClass="posixGroup", memberUid=value
    )
    moved = convert(directory, SITE_2_6, SITE_26_4)
    assert one(moved, f"cn=odd,{SITE_26_4.groups}").attributes["memberuid"] == {value}


def test_what_stands_elsewhere_moves_too() -> None:
    unit = entry("ou=Printers,dc=soca,dc=local", objectClass="organizationalUnit")
    printer = entry("cn=p1,OU=printers, DC=soca, DC=local", objectClass="device", cn="p1")
    below = entry("cn=hosts,cn=mary,ou=Group,dc=soca,dc=local", objectClass="device", cn="hosts")
    moved = convert(unit | printer | below | person("mary", 5002), SITE_2_6, SITE_26_4)
    names = {each.dn for each in moved.values()}
    assert "ou=Printers,dc=edh-green,dc=local" in names
    assert "cn=p1,OU=printers,dc=edh-green,dc=local" in names
    assert "cn=hosts,cn=marysocagroup,ou=group,dc=edh-green,dc=local" in names


def test_a_comma_inside_a_value_is_no_border() -> None:
    trap = entry("cn=x\\,ou=People,dc=soca,dc=local", objectClass="device", cn="x,ou=People")
    (moved,) = convert(trap, SITE_2_6, SITE_26_4).values()
    assert moved.dn == "cn=x\\,ou=People,dc=edh-green,dc=local"


def test_the_same_dialect_and_base_leave_every_entry_alone() -> None:
    everybody = person("mary", 5002) | group("cfdteam", 6000)
    moved = convert(scaffold() | everybody, SITE_2_6, SITE_2_6)
    assert list(moved.values()) == list(everybody.values())
    assert all(moved[name] is each for name, each in everybody.items())


def test_the_installers_own_accounts_stay_behind() -> None:
    own = user("socaadmin", 1, SITE_24_10) | group("socaadminsocagroup", 1, SITE_24_10)
    first = user("boot", 2, SITE_24_10) | group("bootsocagroup", 2, SITE_24_10)
    assert convert(own | first, SITE_24_10, SITE_26_4, ["boot"]) == {}


# --- what is refused


def test_two_entries_that_would_be_one_are_refused_by_the_names_they_have_now() -> None:
    with pytest.raises(
        Refused, match="cn=mary,ou=Group.* and cn=marysocagroup,ou=Group"
    ) as refusal:
        convert(person("mary", 5002) | group("marysocagroup", 6000), SITE_2_6, SITE_26_4)
    assert "would both be cn=marysocagroup,ou=group,dc=edh-green" in str(refusal.value)


def test_a_group_that_could_not_be_told_on_the_way_back_is_refused() -> None:
    with pytest.raises(Refused, match="the gid of the user mary, and SOCA 2.7 would take it"):
        convert(user("mary", 5002) | group("marysocagroup", 5002), SITE_2_6, SITE_2_7)


def test_a_group_that_has_its_new_name_beside_the_old_is_refused() -> None:
    twice = group("mary", 5002, cn=["mary", "MarySocaGroup"])
    with pytest.raises(Refused, match="already has that cn in addition to its own"):
        convert(user("mary", 5002) | twice, SITE_2_6, SITE_2_7)


def test_a_person_called_like_the_targets_own_account_is_refused() -> None:
    taken = (
        "uid=edhadmin,ou=People,dc=soca,.* take the place of uid=edhadmin,ou=people,dc=edh-green"
    )
    with pytest.raises(Refused, match=taken):
        convert(person("edhadmin", 5002), SITE_2_6, SITE_26_4)
    assert convert(person("edhadmin", 5002), SITE_2_6, SITE_26_4, ["edhadmin"]) == {}


def test_what_would_stand_below_nothing_is_refused() -> None:
    below = entry("cn=chief,ou=admins,dc=soca,dc=local", objectClass="device", cn="chief")
    with pytest.raises(Refused, match="below ou=admins,dc=edh-green,dc=local, which"):
        convert(scaffold() | below, SITE_2_6, SITE_26_4)


def test_with_what_stands_below_nothing_goes_all_below_it() -> None:
    top = entry("cn=chief,ou=admins,dc=soca,dc=local", objectClass="device", cn="chief")
    below = entry("cn=a,cn=chief,ou=admins,dc=soca,dc=local", objectClass="device", cn="a")
    lowest = entry("cn=b,cn=a,cn=chief,ou=admins,dc=soca,dc=local", objectClass="device", cn="b")
    directory = scaffold() | lowest | below | top
    converted = convert_back(directory, {}, SITE_2_6, SITE_26_4)
    assert not converted.entries
    assert [name.partition(",")[0] for name in converted.clashes] == ["cn=chief", "cn=a", "cn=b"]


def test_an_export_of_another_base_is_refused_by_the_base_it_has() -> None:
    corp = SOCA_2_6.at("dc=corp,dc=local")
    export = scaffold(corp) | user("mary", 5002, corp)
    with pytest.raises(Refused, match="is dc=corp,dc=local, not dc=soca,dc=local"):
        convert(export, SITE_2_6, SITE_26_4)


# --- there and back

names = st.sampled_from(
    [
        *("x", "xsocagroup", "Mary", "jane.doe", "a,b", "müller", "socagroup", "c d", "#1"),
        *("mary@corp.com", "o'neil", "!$%&()*/:?[]^`{|}~", 'f"+g\\;'),
    ]
)
gids = st.integers(1, 4)


@st.composite
def directories(draw: st.DrawFn, dialect: Dialect, *, ordinary: bool = False) -> Directory:
    """People, groups that look like theirs or not, and things elsewhere that point to them.

    `ordinary`: every user has the private group that the dialect gives, and nothing is like it.
    """
    made: Directory = {}
    for uid in draw(st.lists(names, unique=True, max_size=4)):
        gid = draw(gids)
        made |= user(uid, gid, dialect)
        if ordinary or draw(st.booleans()):
            members = [uid, f"uid={escaped(uid)},{dialect.people}"]
            made |= group(uid + dialect.private_group_suffix, gid, dialect, memberUid=members)
    if not ordinary:
        for cn in draw(st.lists(names, max_size=4)):
            suffix = draw(st.sampled_from(["", "socagroup"]))
            made |= group(cn + suffix, draw(gids), dialect, cn=[cn + suffix, draw(names) + "-"])
    made |= entry(f"ou=Things,{dialect.base_dn}", objectClass="organizationalUnit")
    for number in range(draw(st.integers(0, 3))):
        above = draw(st.sampled_from([each.dn for each in made.values()]))
        points = [each.dn for each in made.values() if draw(st.booleans())]
        links = [f"ldap:///{quote(each, safe='=,')}??sub?(uid=*) {each}" for each in points]
        pointing = {"seeAlso": points, "description": points, "labeledURI": links}
        pointing = pointing if points else {}
        made |= entry(f"cn=thing{number},{above}", objectClass="device", **pointing)
    return made


@pytest.mark.parametrize(("source", "target"), WAYS, ids=lambda dialect: dialect.name)
@settings(deadline=None)
@given(st.data())
def test_there_and_back_is_the_same_directory(source: Dialect, target: Dialect, data) -> None:
    directory = data.draw(directories(source))
    try:
        moved = convert(directory, source, target)
    except Refused:
        event("refused")
        return
    event("moved")
    assert len(moved) == len(directory)
    assert convert(moved, target, source) == directory


@pytest.mark.parametrize(("source", "target"), WAYS, ids=lambda dialect: dialect.name)
@settings(deadline=None)
@given(st.data())
def test_what_soca_itself_made_is_never_refused(source: Dialect, target: Dialect, data) -> None:
    directory = data.draw(directories(source, ordinary=True))
    assert convert(convert(directory, source, target), target, source) == directory


# --- whether identities can move at all


def test_what_a_release_keeps_itself_is_carried() -> None:
    assert judge_move(Provider.OPENLDAP, Provider.OPENLDAP) is Move.CARRIED


@pytest.mark.parametrize("provider", [Provider.EXISTING_OPENLDAP, Provider.EXISTING_AD])
def test_what_others_keep_for_both_is_shared(provider: Provider) -> None:
    assert judge_move(provider, provider) is Move.SHARED


@pytest.mark.parametrize(
    ("source", "target", "instead"),
    [
        (Provider.OPENLDAP, Provider.MANAGED_AD, "Keep `provider: openldap`.*new passwords"),
        (Provider.OPENLDAP, Provider.EXISTING_AD, "does not accept password hashes"),
        (Provider.OPENLDAP, Provider.ACTIVE_DIRECTORY, "does not accept password hashes"),
        (Provider.EXISTING_OPENLDAP, Provider.SIMPLE_AD, "`provider: existing_openldap`"),
        (Provider.OPENLDAP, Provider.EXISTING_OPENLDAP, "the same provider"),
        (Provider.EXISTING_OPENLDAP, Provider.OPENLDAP, "the same provider"),
        (Provider.MANAGED_AD, Provider.MANAGED_AD, "`provider: existing_active_directory`"),
        (Provider.EXISTING_AD, Provider.OPENLDAP, "does not export password hashes"),
    ],
)
def test_every_other_move_is_refused_with_what_to_do(
    source: Provider, target: Provider, instead: str
) -> None:
    with pytest.raises(Refused, match=f"from {source} to {target}: .*{instead}"):
        judge_move(source, target)
