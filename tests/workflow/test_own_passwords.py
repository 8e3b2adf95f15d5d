"""One user cannot stop an upgrade: SOCA lets everybody write his own userPassword."""

from changeover.ldap import dn
from tests.support.directory import user_dn
from tests.support.world import World
from tests.workflow import events
from tests.workflow.engine import Engine

USERS = ("mary", "jdoe", "ana")


def test_who_has_no_password_is_carried_over_and_told() -> None:
    engine = Engine(World(users=USERS))
    events.users_write_their_own_passwords(engine)
    ended = engine.run()
    world = engine.world
    assert ended.status == "SUCCEEDED", ended.cause
    for user in USERS:
        name = dn.normal(user_dn(user))
        assert world.candidate.directory[name].same(world.live.directory[name])
    (asked,) = [text for subject, text in world.mails if "Approve" in subject]
    assert "of the users, 3 can log in by password, 1 with one that opens nothing;" in asked
    assert "copied unchanged from live: 1 foreign-scheme" in asked
    told = world.mails[-1][1]
    assert "1 of the users could log in with a password at the export and cannot any more" in told
    assert f"copied from live unchanged: {user_dn('jdoe')}." in told
    assert "mary" not in told


def test_where_nobody_lost_a_login_nothing_is_told_of_it() -> None:
    engine = Engine(World(users=USERS))
    assert engine.run().status == "SUCCEEDED"
    assert "could log in" not in engine.world.mails[-1][1]
