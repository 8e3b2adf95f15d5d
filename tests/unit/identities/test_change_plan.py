"""A plan makes one directory into another, in an order that a server accepts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changeover.cluster.configuration import Ceilings
from changeover.errors import Unhealthy
from changeover.identities import change_plan
from changeover.identities.change_plan import Kind
from changeover.ldap.entry import Attributes, Entry
from changeover.soca.dialect import SOCA_2_6
from tests.support import random_directories as odd
from tests.support.directory import Directory, account, apply_changes, entry, scaffold, shared_group

values = st.frozensets(st.binary(min_size=1, max_size=12), min_size=1, max_size=12)
attributes = st.dictionaries(st.sampled_from(["mail", "memberuid", "userpassword"]), values)
kinds = st.sampled_from([frozenset([b"posixAccount"]), frozenset([b"posixGroup"])])


@st.composite
def directories(draw: st.DrawFn) -> Directory:
    """People and groups under the scaffold, their names spelled in one case or another."""
    made = scaffold()
    for name in draw(st.sets(st.sampled_from("abcdef"))):
        spelled = draw(st.sampled_from([name, name.upper()]))
        place = draw(st.sampled_from([SOCA_2_6.people, SOCA_2_6.groups]))
        own = draw(attributes) | {"objectclass": draw(kinds), "cn": frozenset([spelled.encode()])}
        made |= {f"cn={name},{place}".lower(): Entry(f"cn={spelled},{place}", own)}
    return made


def applied(changes: tuple[change_plan.Change, ...], directory: Directory) -> Directory:
    changed = dict(directory)
    apply_changes(b"".join(change_plan.to_ldif(changes)), changed)
    return changed


@given(directories(), directories())
def test_the_plan_applied_to_what_is_there_gives_what_is_wanted(
    there: Directory, wanted: Directory
) -> None:
    assert applied(change_plan.plan(there, wanted), there) == wanted


@given(directories())
def test_nothing_changes_between_equals(directory: Directory) -> None:
    assert change_plan.plan(directory, dict(directory)) == ()


@given(directories(), directories())
def test_a_plan_that_was_applied_is_not_planned_again(there: Directory, wanted: Directory) -> None:
    assert change_plan.plan(applied(change_plan.plan(there, wanted), there), wanted) == ()


@given(odd.random_directories(), odd.random_directories())
@settings(deadline=None, max_examples=60)
def test_odd_directories_become_each_other(there: Directory, wanted: Directory) -> None:
    there, wanted = scaffold() | there, scaffold() | wanted
    assert applied(change_plan.plan(there, wanted), there) == wanted


@given(odd.random_directories(), odd.random_directories(), st.data())
@settings(deadline=None, max_examples=60)
def test_a_plan_among_what_may_differ_is_the_whole_plan(there, wanted, data) -> None:
    names = sorted(there.keys() | wanted.keys())
    among = change_plan.differing(there, wanted) | data.draw(
        st.sets(st.sampled_from(names)) if names else st.just(set())
    )
    assert change_plan.plan(there, wanted, among) == change_plan.plan(there, wanted)


def nested(*names: str) -> Directory:
    made: Directory = {}
    for name in names:
        made |= entry(name, objectClass="organizationalUnit")
    return made


def test_parents_come_ahead_of_their_children() -> None:
    wanted = scaffold() | nested(
        "ou=b,ou=a,ou=People,dc=soca,dc=local", "ou=a,ou=People,dc=soca,dc=local"
    )
    assert applied(change_plan.plan(scaffold(), wanted), scaffold()) == wanted


def test_children_go_ahead_of_their_parents() -> None:
    there = scaffold() | nested(
        "ou=a,ou=People,dc=soca,dc=local", "ou=b,ou=a,ou=People,dc=soca,dc=local"
    )
    assert applied(change_plan.plan(there, scaffold()), there) == scaffold()


def test_what_stands_below_an_entry_that_is_made_anew_is_made_anew_too() -> None:
    place, child = "ou=a,ou=People,dc=soca,dc=local", "cn=b,ou=a,ou=People,dc=soca,dc=local"
    below = entry(child, objectClass="person", cn="b")
    there = scaffold() | entry(place, objectClass="organizationalUnit") | below
    wanted = scaffold() | entry(place, objectClass="locality") | below
    assert applied(change_plan.plan(there, wanted), there) == wanted


def test_another_kind_of_entry_is_deleted_and_made_anew() -> None:
    there = entry("cn=a,dc=soca,dc=local", objectClass="person")
    wanted = entry("cn=a,dc=soca,dc=local", objectClass="posixGroup")
    assert [change.kind for change in change_plan.plan(there, wanted)] == [Kind.DELETE, Kind.ADD]


def kinds_of(there: Directory, wanted: Directory) -> list[Kind]:
    return [change.kind for change in change_plan.plan(there, wanted)]


def test_another_class_beside_the_structural_one_is_a_mere_modification() -> None:
    place = "cn=a,dc=soca,dc=local"
    plain = entry(place, objectClass=["top", "person", "inetOrgPerson"])
    for more in ("labeledURIObject", "ldapPublicKey", "organizationalPerson"):
        classes = ["top", "person", "inetOrgPerson", more]
        assert kinds_of(plain, entry(place, objectClass=classes)) == [Kind.MODIFY]


def test_what_a_server_may_refuse_to_add_is_never_deleted_first() -> None:
    place, spelled = "cn=a,dc=soca,dc=local", "cn=A,dc=soca,dc=local"
    there = entry(place, objectClass="person")
    for wanted in (
        entry(place, objectClass="siteRobot"),
        entry(spelled, objectClass=["person", "siteRobot"]),
        entry(place, objectClass="device", siteBadge="7"),
    ):
        assert kinds_of(there, wanted) == [Kind.MODIFY]
    known = entry(place, objectClass=["person", "siteRobot"], siteBadge="7")
    anew = entry(spelled, objectClass=["person", "siteRobot"], siteBadge="8")
    assert kinds_of(known, anew) == [Kind.DELETE, Kind.ADD]


def test_an_entry_that_is_made_anew_is_missing_for_a_moment_only() -> None:
    unit, below = "ou=lab,dc=soca,dc=local", "cn=p,ou=lab,dc=soca,dc=local"
    there, wanted = (
        entry("cn=a,dc=soca,dc=local", objectClass=kind)
        | entry("cn=b,dc=soca,dc=local", objectClass=kind)
        | entry(unit, objectClass=kind)
        | entry(below, objectClass="device")
        for kind in ("person", "locality")
    )
    there |= entry("cn=gone,dc=soca,dc=local", objectClass="device")
    wanted |= entry(f"cn=new,{unit}", objectClass="device")
    assert [(change.kind, change.name) for change in change_plan.plan(there, wanted)] == [
        (Kind.DELETE, "cn=gone,dc=soca,dc=local"),
        (Kind.DELETE, "cn=a,dc=soca,dc=local"),
        (Kind.ADD, "cn=a,dc=soca,dc=local"),
        (Kind.DELETE, "cn=b,dc=soca,dc=local"),
        (Kind.ADD, "cn=b,dc=soca,dc=local"),
        (Kind.DELETE, below),
        (Kind.DELETE, unit),
        (Kind.ADD, unit),
        (Kind.ADD, f"cn=new,{unit}"),
        (Kind.ADD, below),
    ]


def test_a_large_group_changes_by_its_difference_only() -> None:
    many = [f"user{n}" for n in range(1000)]
    there = shared_group("cfdteam", 6000, many)
    wanted = shared_group("cfdteam", 6000, [*many[1:], "mary"])
    text = b"".join(change_plan.to_ldif(change_plan.plan(there, wanted)))
    assert text.count(b"memberUid: ") == 2
    assert applied(change_plan.plan(there, wanted), there) == wanted


def test_many_values_that_a_server_cannot_compare_are_replaced_as_a_whole() -> None:
    photos = [bytes([n]) for n in range(20)]
    there, wanted = (
        {"cn=a": Entry("cn=a", {"jpegphoto": frozenset(some)})} for some in (photos, photos[1:])
    )
    text = b"".join(change_plan.to_ldif(change_plan.plan(there, wanted)))
    assert b"replace: jpegPhoto" in text
    assert text.count(b"\njpegPhoto:") == 19


def test_a_group_that_loses_everybody_keeps_no_member() -> None:
    there, wanted = (shared_group("cfdteam", 6000, some) for some in (["mary", "jdoe"], []))
    wanted = {name: Entry(e.dn, _without_empty(e.attributes)) for name, e in wanted.items()}
    assert applied(change_plan.plan(there, wanted), there) == wanted
    assert applied(change_plan.plan(wanted, there), wanted) == there


def _without_empty(attributes: Attributes) -> Attributes:
    return {name: values for name, values in attributes.items() if values}


def test_a_modification_names_only_what_differs() -> None:
    there, wanted = account("mary", "Spring#2021", 5002), account("mary", "Autumn_2021", 5002)
    text = b"".join(change_plan.to_ldif(change_plan.plan(there, wanted)))
    assert b"replace: userPassword" in text
    assert b"uidNumber" not in text


def test_another_spelling_of_the_base_changes_nobody() -> None:
    there = account("mary", "Spring#2021", 5002, dialect=SOCA_2_6)
    wanted = {name: each.renamed(each.dn.replace("dc=", "DC=")) for name, each in there.items()}
    assert change_plan.plan(there, wanted) == ()
    newer = wanted | account("mary", "Autumn_2021", 5002)
    assert [change.kind for change in change_plan.plan(wanted, newer)] == [Kind.MODIFY]


def test_another_spelling_of_its_own_name_makes_an_entry_anew() -> None:
    there = entry("cn=mary,dc=soca,dc=local", objectClass="person")
    wanted = entry("cn=Mary,dc=soca,dc=local", objectClass="person")
    assert [change.kind for change in change_plan.plan(there, wanted)] == [Kind.DELETE, Kind.ADD]
    printed = entry("CN=mary,dc=soca,dc=local", objectClass="person")
    assert change_plan.plan(there, printed) == ()


def sized(deletions: int, additions: int) -> tuple[change_plan.Change, ...]:
    return (
        *[change_plan.Change(Kind.DELETE, "")] * deletions,
        *[change_plan.Change(Kind.ADD, "")] * additions,
    )


@pytest.mark.parametrize(
    ("deletions", "additions", "size"), [(5, 0, 100), (1, 0, 3), (0, 50, 100), (500, 0, 100_000)]
)
def test_an_ordinary_plan_passes_the_ceilings(deletions: int, additions: int, size: int) -> None:
    change_plan.check_ceilings(sized(deletions, additions), size, Ceilings())


@pytest.mark.parametrize(("deletions", "size"), [(21, 100), (51, 1_000), (501, 100_000)])
def test_too_many_deletions_look_like_a_disaster(deletions: int, size: int) -> None:
    with pytest.raises(Unhealthy, match=f"{deletions} of {size} identities would be deleted"):
        change_plan.check_ceilings(sized(deletions, 0), size, Ceilings())


def test_too_many_changes_look_like_a_disaster() -> None:
    with pytest.raises(Unhealthy, match="51 of 100 identities would change"):
        change_plan.check_ceilings(sized(0, 51), 100, Ceilings())


def test_an_operator_may_raise_the_ceilings() -> None:
    meant = Ceilings(deletions=1000, deletions_percent=100, changes_percent=100)
    change_plan.check_ceilings(sized(100, 0), 100, meant)
