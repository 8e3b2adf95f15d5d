"""Users, groups and sudo roles, out of an entry's values."""

import pytest
from pydantic import ValidationError

from changeover.identities.models import Group, SudoRole, User, required_of, validator_of, view
from changeover.ldap.entry_layout import Layout, Values

HASH = b"{SSHA}94ah8ZZyIfqJ7GbID19E1QCzLO5xpNYtgYdENpwTaAzJgURY"
MARY = {
    "uid": b"mary",
    "uidNumber": b"5002",
    "gidNumber": b"5002",
    "homeDirectory": b"/data/home/mary",
    "userPassword": HASH,
}


def of(*pairs: tuple[str, bytes]) -> tuple[Layout, Values]:
    lines = [name for name, _ in pairs]
    return Layout(lines, []), [b"cn=entry", *(value for _, value in pairs)]


def test_a_user_is_typed() -> None:
    mails = [("mail", b"mary@corp.example"), ("rfc822Mailbox", b"m@corp.example")]
    user = view(User, *of(*MARY.items(), *mails))
    assert (user.name, user.number, user.group, user.home) == (
        "mary",
        5002,
        5002,
        "/data/home/mary",
    )
    assert user.mails == ("mary@corp.example", "m@corp.example")


def test_a_user_does_not_show_its_hash() -> None:
    assert "SSHA" not in repr(view(User, *of(*MARY.items())))


def test_a_group_and_a_sudo_role_name_any_number_of_people() -> None:
    team = ("cn", b"cfdteam"), ("gidNumber", b"6000")
    assert view(Group, *of(*team)).members == ()
    both = view(Group, *of(*team, ("memberUid", b"mary"), ("memberUid", b"jdoe")))
    assert both.members == ("mary", "jdoe")
    assert view(SudoRole, *of(("cn", b"mary"), ("sudoUser", b"mary"))).users == ("mary",)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("uid", b""),
        ("uid", b"-mary"),
        ("uid", b"mary doe"),
        ("uid", b"m" * 33),
        ("uid", b"mary\xff"),
        ("uidNumber", b"abc"),
        ("uidNumber", b""),
        ("gidNumber", b"+5"),
        ("gidNumber", b"5_000"),
        ("gidNumber", b" 5000"),
        ("gidNumber", b"5000.0"),
        ("gidNumber", b"05000"),
        ("homeDirectory", b"/data/home/"),
        ("homeDirectory", b"/data/homes/mary"),
        ("homeDirectory", b"/data/home//mary"),
        ("userPassword", b"Spring#2021"),
        ("userPassword", b"{SSHA}"),
        ("userPassword", b"{SSHA}94ah 8Z"),
        ("userPassword", b"{ARGON2}$argon2id"),
    ],
)
def test_what_soca_does_not_mean_is_refused_by_view_and_validator(attribute, value) -> None:
    layout, values = of(*(MARY | {attribute: value}).items())
    with pytest.raises(ValidationError) as refused:
        view(User, layout, values)
    assert refused.value.error_count() == 1
    with pytest.raises(ValidationError) as at_once:
        validator_of(User).validate_python([required_of(User, layout)(values)])
    assert at_once.value.error_count() == 1


def test_a_hash_of_another_program_is_shown_as_it_is() -> None:
    text = f"{{CRYPT}}$6$x${'y' * 85}1"
    crypt = MARY | {"userPassword": text.encode()}
    assert view(User, *of(*crypt.items())).password == text


def test_many_are_checked_at_once_and_each_fault_has_its_place() -> None:
    rows = [tuple(MARY.values()), (b"no name", None, b"6", b"/home/x", HASH)]
    with pytest.raises(ValidationError) as refused:
        validator_of(User).validate_python(rows)
    assert [each["loc"][:2] for each in refused.value.errors()] == [(1, 0), (1, 3)]
    checked = validator_of(Group).validate_python([(b"cfdteam", b"6000"), (None, None)])
    assert checked == [("cfdteam", 6000), (None, None)]


def test_what_is_missing_is_none_in_a_row_and_refused_by_a_view() -> None:
    layout, values = of(("uid", b"mary"))
    assert required_of(User, layout)(values) == (b"mary", None, None, None, None)
    with pytest.raises(ValidationError) as refused:
        view(User, layout, values)
    assert refused.value.error_count() == 4
