"""An upgrade while people work, and somebody who knows what there was and what they did."""

from typing import Any

from changeover.cluster.configuration import Traffic
from changeover.ldap import dn
from changeover.ldap.entry import Entry
from tests.support.directory import password_hash
from tests.support.world import CANDIDATE, LIVE, World, first_password
from tests.workflow.engine import Ended, Engine

USERS = ["mary", "jdoe", *(f"user{n}" for n in range(20))]


class Witness:
    """Knows what there was, and what the users did meanwhile.

    Mary changes her password on live while the approver thinks, Jane hers on the candidate as soon
    as she is sent there.
    """

    def __init__(self, **kind: Any) -> None:
        self.world = World(users=USERS, traffic=Traffic(bake_seconds=60), **kind)
        self.engine = Engine(self.world)
        self.engine.meanwhile["freeze_directory"] = self.mary_changes_her_password
        self.engine.meanwhile["watch_candidate"] = self.jdoe_changes_his_password
        self.kept = dict(self.world.services.evidence.objects)
        self.live = dict(self.world.live.directory)
        self.passwords = {user: first_password(user) for user in USERS}

    def the_candidate_falls_ill_under_its_users(self) -> None:
        def fall_ill() -> None:
            self.jdoe_changes_his_password()
            self.world.candidate.lacks.add("login")

        self.engine.meanwhile["watch_candidate"] = fall_ill

    def mary_changes_her_password(self) -> None:
        self._change("mary", LIVE)

    def jdoe_changes_his_password(self) -> None:
        self._change("jdoe", CANDIDATE)

    def _change(self, user: str, on: str) -> None:
        self.passwords[user] = f"Autumn_{user}"
        self.world.change_password(user, self.passwords[user], on=on)
        name = dn.normal(self.world.live.dn(user))
        hashed = frozenset({password_hash(self.passwords[user])})
        before = self.live[name]
        self.live[name] = Entry(before.dn, {**before.attributes, "userpassword": hashed})

    def run(self) -> Ended:
        return self.engine.run()
