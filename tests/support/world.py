"""One cluster in memory: what runs, who is in it, and the person who is asked.

    world = World(users=["mary", "jdoe"])
    world.change_password("mary", "Autumn_2021")
    assert world.logs_in("mary", "Autumn_2021")

Nothing happens by itself: time passes by `world.clock.advance`, and what takes long on AWS is there
at the second look. `Run` in run.py takes an upgrade through this world step by step.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from changeover.build.digest import sha256_of
from changeover.build.report import Item, Kind, Verdict
from changeover.build.request import Answer, answer_to_json
from changeover.cluster.release import Release, Role, with_role
from changeover.operations.adopt import Adoption, adopt_release
from changeover.ports.values import Build, BuildStatus, Image, Stack
from changeover.soca.dialect import SOCA_2_6, Dialect
from changeover.soca.directory_provider import Provider
from changeover.upgrade.approval.web import respond
from tests.support.browser import alb_request, code_in, fields_of, link_in
from tests.support.cluster_config import chosen_base, configured
from tests.support.directory import account, password_hash
from tests.support.fake_hosts import Host, WorldHosts
from tests.support.fakes import Clock, FakeServices
from tests.support.fresh_hosts import brand_new, first_password, in_use
from tests.support.stateful_fakes import (
    WorldBuilds,
    WorldEvidence,
    WorldFrontDoor,
    WorldStacks,
    release_of,
)

LIVE, CANDIDATE = "hpc-r1", "hpc-r2"
IMAGE = "ami-0123456789abcdef0"
INSTALL_FOLDER = f"soca-installer-{CANDIDATE}"
BUILT_FOLDER = f"builds/{CANDIDATE}-run-1"
TEMPLATE = "install-with-existing-resources.template"
TEMPLATE_URL = f"https://evidence.s3.us-east-1.amazonaws.com/{INSTALL_FOLDER}/{TEMPLATE}"
BUILT = {"soca.tar.gz": b"built", TEMPLATE: b"Resources:", "scripts/config.cfg": b"a=b"}
BUILD_ITEMS = (
    Item(Kind.REPAIR, "boundary", Verdict.APPLIED, "Each role has it", file="a", lines="3"),
    Item(Kind.FILE, "source/b", Verdict.ACTION_NEEDED, "Nothing reads it", do="Move it."),
)
# The parameters of SOCA's template, and which of them have a default.
DECLARED = {
    "CustomAMI": True,
    "S3InstallBucket": False,
    "S3InstallFolder": False,
    "UserName": False,
    "UserPassword": False,
    "VpcId": False,
    "ClientIp": False,
    "PrivateSubnet1": False,
    "BaseOS": True,
}


class World:
    """hpc-r1 is adopted and live; hpc-r2 comes up when somebody asks for its stack.

    `speaking` are their dialects. With a `site`, both use one directory that others run, which has
    that id. Everything else is said in the cluster's configuration.
    """

    def __init__(
        self,
        users: Sequence[str] = ("mary", "jdoe"),
        speaking: tuple[Dialect, Dialect] = (SOCA_2_6, SOCA_2_6),
        site: str = "",
        **anew: Any,
    ) -> None:
        self.speaking = speaking
        self.site = site
        self.clock = Clock()
        self.evidence = evidence = WorldEvidence()
        self.hosts = WorldHosts(evidence=evidence, clock=self.clock)
        self.answer = Answer(items=BUILD_ITEMS, files=sha256_of(BUILT))
        self.builds = WorldBuilds(
            ends=Build(BuildStatus.SUCCEEDED, "COMPLETED", {"TEMPLATE_URL": TEMPLATE_URL}),
            on_success=self._artefacts,
        )
        self.stacks = WorldStacks(
            stacks={LIVE: Stack(LIVE, "CREATE_COMPLETE", parameters={"CustomAMI": IMAGE})},
            templates={TEMPLATE_URL: DECLARED},
            on_created=self._install,
            on_deleted=self.hosts.stop,
        )
        self.front_door = WorldFrontDoor(hosts=self.hosts)
        self.services = FakeServices(
            evidence=evidence,
            hosts=self.hosts,
            builds=self.builds,
            stacks=self.stacks,
            front_door=self.front_door,
            clock=self.clock,
        )
        configuration = configured(speaking[1], self.provider, **anew)
        self.services.configurations.by_cluster["hpc"] = configuration
        evidence.objects |= dict.fromkeys(configuration.source.pins, b"SOCA, or the site's")
        self.services.images.images[IMAGE] = Image(IMAGE, "available", "scheduler")
        self.candidate_lacks: set[str] = set()
        self.installer_says = "Cluster: {cluster_id}"
        self.hosts.start(in_use(LIVE, users, speaking[0], site))
        self.adopt(
            leave_out=("socaadmin",),
            dialect=speaking[0].name,
            provider=self.provider,
            base_dn=chosen_base(speaking[0]),
        )

    @property
    def provider(self) -> Provider:
        return Provider.EXISTING_OPENLDAP if self.site else Provider.OPENLDAP

    def adopt(self, stack: str = LIVE, **asked: Any) -> Release:
        return adopt_release(Adoption(stack=stack, **asked), self.services).release

    # What runs

    @property
    def live(self) -> Host:
        return self.hosts.of(LIVE)

    @property
    def candidate(self) -> Host:
        return self.hosts.of(CANDIDATE)

    @property
    def users_are_on(self) -> str:
        """The release that the front door sends users to; empty when there is none."""
        weights = self.front_door.weights()
        return ", ".join(release_of(arn) for arn, weight in weights.items() if weight)

    def candidate_dies(self) -> None:
        self.hosts.dead.add(self.candidate.instance)

    def role_of(self, release: str) -> Role:
        return self.services.releases.get("hpc", release).role

    @property
    def live_on_record(self) -> list[str]:
        every = self.services.releases.list_all("hpc")
        return [release.name for release in with_role(every, Role.LIVE)]

    @property
    def lock_owner(self) -> str:
        return self.services.releases.locks["hpc"].owner

    # Who is in it

    def change_password(self, user: str, password: str, on: str = LIVE) -> None:
        value = base64.b64encode(password_hash(password)).decode()
        operation = f"replace: userpassword\nuserpassword:: {value}\n-\n"
        self._write(on, self.hosts.of(on).dn(user), "modify", operation)

    def write_password(self, user: str, value: bytes, on: str = LIVE) -> None:
        """What users may do themselves: replace userPassword by anything, or by nothing."""
        text = f"userpassword:: {base64.b64encode(value).decode()}\n" if value else ""
        operation = f"replace: userpassword\n{text}-\n"
        self._write(on, self.hosts.of(on).dn(user), "modify", operation)

    def add_user(self, user: str, number: int = 7000, on: str = LIVE) -> None:
        host = self.hosts.of(on)
        assert not host.frozen
        host.directory |= account(user, first_password(user), number, dialect=host.dialect)

    def remove_user(self, user: str, on: str = LIVE) -> None:
        self._write(on, self.hosts.of(on).dn(user), "delete")

    def remove_member(self, user: str, group: str, on: str = LIVE) -> None:
        name = f"cn={group},{self.hosts.of(on).dialect.groups}"
        self._write(on, name, "modify", f"delete: memberuid\nmemberuid: {user}\n-\n")

    def logs_in(self, user: str, password: str | None = None, on: str | None = None) -> bool:
        host = self.hosts.of(on or self.users_are_on)
        return host.logs_in(user, password or first_password(user))

    def _write(self, on: str, name: str, kind: str, operation: str = "") -> None:
        record = f"dn: {name}\nchangetype: {kind}\n{operation}"
        self.hosts.of(on).change(record.encode())

    # Who is asked

    @property
    def mails(self) -> list[tuple[str, str]]:
        return self.services.mail.sent

    def answers(self, decision: str, name: str = "Ada", code: str | None = None) -> dict[str, Any]:
        """Open the last mail's link, fill in the form and press one of its buttons."""
        _, mail = [mail for mail in self.mails if "Approve" in mail[0]][-1]
        link, typed = link_in(mail), code or code_in(mail)
        form = fields_of(self.browse("GET", link)["body"])
        return self.browse("POST", link, form | {"code": typed, "name": name, "decision": decision})

    def browse(self, method: str, link: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        return respond(alb_request(method, link, form), self.services)

    # How it comes up

    def _artefacts(self, asked: Mapping[str, str], ended: Build) -> Build:
        """Each build writes where it was told to, and names its template and its answer there."""
        folder = asked["BUILT_FOLDER"]
        for name, made in BUILT.items() if not self.answer.failure else ():
            self.services.evidence.write(f"{folder}/installer/{name}", made)
        answer = answer_to_json(self.answer).encode()
        self.services.evidence.write(f"{folder}/answer.json", answer)
        told = {"ANSWER_SHA256": sha256(answer).hexdigest()} | {
            name: value.replace(INSTALL_FOLDER, asked["INSTALL_FOLDER"])
            for name, value in ended.exported.items()
        }
        if template := told.get("TEMPLATE_URL"):
            self.stacks.templates.setdefault(template, DECLARED)
        return replace(ended, exported=told)

    def _install(self, release: str) -> None:
        host = brand_new(release, self.installer_says, self.speaking[1], self.candidate_lacks)
        if self.site:
            host.site, host.directory = self.site, self.live.directory
        self.hosts.start(host)
        # CloudFormation gives a stack's tags to the instances in it.
        self.hosts.mark(host.instance, self.stacks.stacks[release].tags["changeover:cluster"])
