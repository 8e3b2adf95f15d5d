"""The dialects describe the LDAP searches of each release's web interface correctly.

Needs SOCA's source: VENDOR_TREES names a folder with a subfolder for each tag (2.6.1, 26.4.0 …).
The searches are extracted from SOCA's code and run against a real slapd.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from changeover.identities.audit import Inspection, inspect
from changeover.identities.findings import Rule
from changeover.soca.dialect import SOCA_2_6, Dialect, dialect_of
from changeover.soca.sign_in import AdministratorRule
from rehearsal.actors.passwords import hash_password
from rehearsal.actors.soca_entries import SCAFFOLD, group, sudo_role, user
from rehearsal.host.folder import BASE_DN, HostFolder
from tests.integration.scheduler_hosts import export, scheduler_host, tool
from tests.support.vendor_trees import VARIABLE, VendorTree, tags

TAGS = tags()
pytestmark = pytest.mark.skipif(not TAGS, reason=f"{VARIABLE} names no folder with SOCA's trees")

HASH = hash_password("Spring#2021", salt=bytes(16))
PERSONS = {
    "mary": (("mary", "mary"),),
    "boss": (("boss", "boss"), ("docker", "boss")),
    "web11": (("backup", "web11"),),
    "ana": (("ana", "%cfdteam"),),
    "capital": (("capital", "CAPITAL"),),
    "shared": (("both", "shared"),),
    "plain": (),
}
"""Users and the sudo roles that name them, as role name and sudoUser."""
CONTACT = f"""\
dn: cn=contact,ou=People,{BASE_DN}
objectClass: inetOrgPerson
cn: contact
sn: contact

"""
ACCOUNT = f"""\
dn: uid=acct,ou=People,{BASE_DN}
objectClass: account
objectClass: posixAccount
uid: acct
cn: acct
uidNumber: 9003
gidNumber: 9003
homeDirectory: /data/home/acct

"""


def population() -> str:
    text = SCAFFOLD
    for number, (name, roles) in enumerate(PERSONS.items(), 5002):
        text += user(name, number, HASH) + group(name, number)
        text += "".join(sudo_role(cn, who) for cn, who in roles)
    return text + CONTACT + ACCOUNT


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostFolder]:
    tree = tmp_path_factory.mktemp("directory") / "tree.ldif"
    tree.write_text(population())
    with scheduler_host(tree) as host:
        yield host


@pytest.fixture(params=TAGS or ["none"])
def tag(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def vendor(tag: str) -> VendorTree:
    return VendorTree(tag)


@pytest.fixture
def dialect(tag: str) -> Dialect:
    return dialect_of(tag).at(BASE_DN)


def search(host: HostFolder, unit: str, wanted: str) -> list[str]:
    """Return the names of entries below an organizational unit, as SOCA finds them."""
    external = ("-Q", "-Y", "EXTERNAL", "-H", "ldapi:///", "-LLL", "-o", "ldif-wrap=no")
    found = tool(host, "ldapsearch", *external, "-b", f"{unit},{BASE_DN}", wanted, "dn")
    assert found.returncode == 0, found.stderr
    return [line.removeprefix("dn: ") for line in found.stdout.splitlines() if line]


def inspected(host: HostFolder, to: Dialect, here: Dialect = SOCA_2_6) -> Inspection:
    return inspect(io.BytesIO(export(host)), here, (), None, to)


def test_it_lists_users_and_groups_by_the_filters_that_we_know(
    vendor: VendorTree, dialect: Dialect
) -> None:
    web = dialect.web
    users, groups = f"(objectClass={web.user_class})", "objectClass=posixGroup"
    assert vendor.lookups("users") == [users if web.user_class else "uid=*"]
    assert vendor.lookups("groups") == [groups if web.group_class else "cn=*"]
    assert web.group_class in ("", "posixgroup")


def test_it_fails_without_what_we_know_to_be_needed(vendor: VendorTree, dialect: Dialect) -> None:
    listing, numbers = vendor.source("users", "get"), vendor.source("ids", "get")
    spelled = {"uid": "uid", "uidnumber": "uidNumber"}
    needed = [spelled[name] for name in dialect.web.needed]
    if needed:
        assert "user[1][_attr_name][0]" in listing
        assert "int(uid[1].get('uidNumber')[0])" in numbers
        assert vendor.lookups("ids")[0] == f"objectClass={dialect.web.user_class}"
        assert needed == ["uid", "uidNumber"]
    else:
        assert "person" not in numbers
        assert "LDAP_BASE_DN" in numbers  # SOCA counts it in any place


def test_it_lets_in_by_the_names_that_we_know(vendor: VendorTree, dialect: Dialect) -> None:
    log_in = vendor.source("authenticate", "post")
    assert vendor.setting("USER_REGEX_PATTERN") == dialect.web.names
    assert ("re.match(config.Config.USER_REGEX_PATTERN" in log_in) == bool(dialect.web.names)
    assert ("pwd.getpwnam(user)" in log_in) == dialect.web.asks_host
    assert ("args['user'].lower()" in log_in) == dialect.web.asks_host


def test_it_knows_administrators_as_we_do(
    vendor: VendorTree, dialect: Dialect, host: HostFolder
) -> None:
    """Compare SOCA's filter on a real slapd with the package's answer, for every user."""
    exactly_one = dialect.web.administrators is AdministratorRule.SUDO_USER
    asked = vendor.source("sudo", "get")
    assert ("len(_is_sudo.message) == 1" in asked) == exactly_one
    theirs = set()
    for name in PERSONS:
        (wanted,) = vendor.lookups("sudo", user=name)
        found = search(host, "ou=Sudoers", wanted)
        if len(found) == 1 or (found and not exactly_one):
            theirs.add(name)
    administration = inspected(host, dialect).administration
    assert administration
    ours = set(administration.after.first)
    # The user types the name in capitals, which the login form accepts.
    assert ours - theirs == ({"capital"} if exactly_one else set())
    if exactly_one:
        (wanted,) = vendor.lookups("sudo", user="CAPITAL")
        assert len(search(host, "ou=Sudoers", wanted)) == 1


def test_whom_it_would_fail_for_is_an_error_of_ours(
    vendor: VendorTree, dialect: Dialect, host: HostFolder
) -> None:
    (wanted,) = vendor.lookups("users")
    listed = search(host, "ou=People", wanted)
    lacking = [name for name in listed if not name.startswith("uid=")]
    found = {(f.rule, f.entry) for f in inspected(host, dialect).findings.kept}
    contact = f"cn=contact,ou=people,{BASE_DN}"
    assert bool(lacking) == ((Rule.PERSON_WITHOUT_ACCOUNT, contact) in found)
    unlisted = f"uid=acct,ou=People,{BASE_DN}" not in listed
    acct = f"uid=acct,ou=people,{BASE_DN}"
    assert unlisted == ((Rule.UNLISTED_USER, acct) in found)


@pytest.mark.parametrize("name", ["mary", "JSmith", "_svc", "a" * 32, "a" * 33, "bob smith", "é"])
def test_its_pattern_lets_in_whom_we_let_in(
    vendor: VendorTree, dialect: Dialect, name: str
) -> None:
    pattern = vendor.setting("USER_REGEX_PATTERN")
    theirs = re.match(pattern, name) is not None
    lowered = name == name.lower() or not dialect.web.asks_host
    assert (dialect.web.refuses(name, 5002) is None) == (theirs and lowered)


def test_a_tree_of_every_family_is_worth_having() -> None:
    """Name the missing trees, so that a run without one does not count as a proof."""
    missing = {"2.6", "2.7", "24.10", "25.8", "26.4"} - {dialect_of(tag).name for tag in TAGS}
    assert not missing, f"no tree of {', '.join(sorted(missing))} in {Path.cwd()}"
