"""A whole build: files, intents, repairs and proofs together."""

from dataclasses import replace

import pytest

from changeover.build.intents.model import BadIntents
from changeover.build.merge import Release
from changeover.build.release import Sources, build
from changeover.build.report import Item, Kind, Verdict, blocked, open_actions
from changeover.build.report_html import folded, page
from changeover.build.report_text import lines, refusal, summary, table
from changeover.build.site_archive import Base, SiteParts
from changeover.build.tree import File
from tests.support.release_trees import SETTINGS, TOP, edited, stand_in

VENDOR = Release("2.6.1", stand_in())
BOOT = "source/soca/cluster_node_bootstrap/ComputeNodeUserCustomization.sh"


def site(intents: str = "", **files: str) -> Sources:
    whole = {path.replace("__", "/"): File(text.encode()) for path, text in files.items()}
    parts = SiteParts(Base("2.6.1"), intents.encode() or None, whole, {})
    return Sources(VENDOR, parts, VENDOR)


def test_the_stock_release_needs_no_customizations() -> None:
    built = build(Sources(VENDOR), SETTINGS)
    assert blocked(built.items) == ()
    assert open_actions(built.items) == ()


def test_files_and_intents_are_in_the_result() -> None:
    whole = {BOOT: File(b"#!/bin/bash\nmkdir /scratch\n", executable=False)}
    intents = b"intents: [{id: sso, set: {in: web, name: ENABLE_SSO, value: true}}]"
    parts = SiteParts(Base("2.6.1"), intents, whole, {})
    built = build(Sources(VENDOR, parts, VENDOR), SETTINGS)
    assert built.tree[BOOT].data == whole[BOOT].data
    assert b"ENABLE_SSO = True" in built.tree["source/soca/cluster_web_ui/config.py"].data
    assert blocked(built.items) == ()


def test_all_blocked_items_are_told_at_once() -> None:
    broken = stand_in()[TOP].data.decode().replace("!Ref PublicSubnet1", "!Ref PublicSubnet9")
    text = edited(stand_in(), TOP, (stand_in()[TOP].data.decode(), broken))[TOP]
    intents = b"intents: [{id: q, queue: {name: bio, like: none}}]"
    parts = SiteParts(Base("2.6.1"), intents, {TOP: text}, {})
    built = build(Sources(VENDOR, parts, VENDOR), SETTINGS)
    told = refusal(built.items)
    assert "2 items are blocked" in told
    assert "intent:q" in told
    assert "proof:references" in told


def test_an_accepted_item_needs_no_look() -> None:
    intents = "intents: [{id: x, set: {in: web, name: GONE, value: 1}}]\naccept: ['intent:x']\n"
    built = build(site(intents), SETTINGS)
    assert open_actions(built.items) == ()
    assert "1 of them accepted" in summary(built.items)


def test_an_acceptance_of_nothing_needs_a_look() -> None:
    built = build(site("accept: ['intent:y']\n"), SETTINGS)
    assert [item.name for item in open_actions(built.items)] == ["accept intent:y"]


def test_an_unknown_repair_cannot_be_switched_off() -> None:
    built = build(site("repairs_off: [boundry]\n"), SETTINGS)
    assert "There is no repair boundry" in refusal(built.items)


def test_a_file_that_no_intent_uses_needs_a_look() -> None:
    parts = SiteParts(None, b"intents: []", {}, {"x.sh": File(b"")})
    built = build(Sources(VENDOR, parts), SETTINGS)
    (item,) = open_actions(built.items)
    assert item.why == "No intent uses these files: files/x.sh"


def test_many_useless_files_are_one_item() -> None:
    own = {f"{number}.sh": File(b"") for number in range(300)}
    left = tuple(f"source/._{number}" for number in range(300))
    parts = SiteParts(None, b"intents: []", {}, own, left)
    found = open_actions(build(Sources(VENDOR, parts), SETTINGS).items)
    assert [item.name for item in found] == ["left-out", "unused-files"]
    assert all("and 290 more" in item.why for item in found)


def test_a_refusal_fits_into_a_cause_of_step_functions() -> None:
    items = [
        Item(Kind.FILE, f"source/{number}", Verdict.BLOCKED, "x" * 5_000, do="y" * 5_000)
        for number in range(200)
    ]
    told = refusal(items)
    assert len(told) < 30_000
    assert told.startswith("200 items are blocked: file:source/0: xxx")
    assert told.endswith("and 185 more in the report")


MACHINES = replace(SETTINGS, machines={"workers": "m5.12xlarge", "desktops": "g4dn.8xlarge"})
POST = "source/scripts/SchedulerPostReboot.sh"


def test_the_configurations_instance_types_reach_the_queues() -> None:
    built = build(Sources(VENDOR), MACHINES)
    text = built.tree[POST].data.decode()
    assert text.count('instance_type: "m5.12xlarge"') == 1
    assert text.count('instance_type: "g4dn.8xlarge"') == 1
    assert {"intent:machine-workers", "intent:machine-desktops"} <= {i.id for i in built.items}


def test_the_sites_own_instance_type_comes_first() -> None:
    intents = "intents: [{id: big, machine: {role: workers, instance_type: c6i.32xlarge}}]"
    built = build(site(intents), MACHINES)
    assert b'instance_type: "c6i.32xlarge"' in built.tree[POST].data
    assert "intent:machine-workers" not in {item.id for item in built.items}


def test_a_release_without_queues_is_built_and_told() -> None:
    bare = Release("2.6.1", {**stand_in(), POST: File(b"#!/bin/bash\n")})
    built = build(Sources(bare), MACHINES)
    assert blocked(built.items) == ()
    assert [item.id for item in open_actions(built.items)] == [
        "intent:machine-workers",
        "intent:machine-desktops",
    ]


def test_bad_intents_are_refused() -> None:
    with pytest.raises(BadIntents):
        build(site("intents: 1"), SETTINGS)


def test_the_report_reads_well_in_a_terminal_a_mail_and_a_page() -> None:
    conflict = stand_in()[BOOT].data.decode() + "mkdir /a\n"
    other = Release("2.6.2", edited(stand_in(), BOOT, ("below.\n", "below.\nyum update\n")))
    parts = SiteParts(Base("2.6.1"), b"accept: ['a:<b>']", {BOOT: File(conflict.encode())}, {})
    items = build(Sources(other, parts, VENDOR), SETTINGS).items
    text = "\n".join(table(items))
    told = [line for line in text.splitlines() if line.startswith("blocked")]
    assert [line.split()[1] for line in told] == [f"file:{BOOT}"]
    assert "site    | 4: mkdir /a" in text
    assert "release | 4: yum update" in text
    assert "-> Make the change again" in text
    assert lines(items) == (
        (
            "archive:accept a:<b>: Nothing needs this acceptance. Take it out of accept in"
            " intents.yaml."
        ),
    )
    html = page("Build of hpc-r7", items)
    assert "a:&lt;b&gt;" in html
    assert "<b>:" not in html
    assert "<details>" in folded(items)
    assert items[0].verdict in Verdict
