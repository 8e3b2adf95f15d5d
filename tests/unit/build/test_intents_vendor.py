"""Eighteen customizations that sites really make, carried to SOCA's own releases as intents."""

import re
import subprocess
from collections import Counter

import pytest

from changeover.build.intents.apply import apply_intents
from changeover.build.intents.model import site_choices
from changeover.build.intents.places import PLACES
from changeover.build.report import Verdict
from changeover.build.tree import File
from tests.support.release_trees import SETTINGS, vendor, vendors

# How many of the eighteen must survive, by release.
LEAST = {"2.6.1": 18, "2.6.1-late": 18, "2.7.5": 17, "26.4.0": 14}
RELEASES = vendors(*LEAST)
pytestmark = pytest.mark.skipif(not RELEASES, reason="VENDOR_TREES names no folder with releases")

# By customization: one needs several intents.
WANTED = {
    "cognito": [
        "set: {in: web, name: ENABLE_SSO, value: true}",
        "set: {in: web, name: COGNITO_APP_ID, value: app}",
    ],
    "packages": ["add: {in: node-packages, values: [tmux-of-ours]}"],
    "queue": ["queue: {name: bio, like: compute, settings: {instance_type: m5.large}}"],
    "queue-limits": ["set: {in: queues, name: compute.max_running_jobs, value: 50}"],
    "bootstrap": ["hook: {in: node-boot, text: 'mkdir -p /scratch'}"],
    "queue-hook": ["file: {in: queue-hooks, from: ours.py}"],
    "changed-queue-hook": ["file: {in: queue-hooks, from: check_queue_acls.py}"],
    "role-policy": ["policy: {role: nodes, arn: 'arn:aws:iam::123456789012:policy/lab'}"],
    "job-tags": ["tag: {name: CostCenter, value: '42'}"],
    "hidden-desktops": ["set: {in: web, name: DCV_BLACKLIST_INSTANCE_TYPE, value: [p3, p4]}"],
    "desktop-limits": ["set: {in: web, name: DCV_LINUX_SESSION_COUNT, value: 2}"],
    "proxy": [
        "hook: {in: node-start, at: begin, text: 'export https_proxy=http://proxy:3128'}",
        "hook: {in: scheduler-start, at: begin, text: 'export https_proxy=http://proxy:3128'}",
    ],
    "corporate-ca": ["hook: {in: node-boot, from: ca.sh}"],
    "mount-options": ["replace: {in: scheduler-start, old: 'timeo=600', new: 'timeo=900'}"],
    "logging-agent": ["hook: {in: node-boot, text: 'systemctl enable --now agent'}"],
    "login-page": ["replace: {path: PAGE, old: '</body>', new: '<p>Ours</p></body>'}"],
    "licenses": ["file: {in: licenses, from: licenses_mapping.yml}"],
    "logo": ["file: {in: web-images, from: soca_logo.png}"],
}
OWN = {
    "ours.py": File(b"import sys\n"),
    "check_queue_acls.py": File(b"import sys\n"),
    "licenses_mapping.yml": File(b"ansys: {}\n"),
    "ca.sh": File(b"update-ca-trust\n"),
    "soca_logo.png": File(b"\x89PNG\x00"),
}
PAGES = (
    "source/soca/cluster_manager/web_interface/templates/login.html",
    "source/soca/cluster_web_ui/templates/login.html",
)


@pytest.mark.parametrize("release", RELEASES)
def test_as_many_survive_as_can(release: str) -> None:
    tree = vendor(release)
    page = next(each for each in PAGES if each in tree)
    verdicts = {}
    for name, wanted in WANTED.items():
        lines = [
            f"- {{id: {name}-{number}, {each.replace('PAGE', page)}}}"
            for number, each in enumerate(wanted)
        ]
        intents = site_choices("\n".join(["intents:", *lines]).encode()).intents
        result, items = apply_intents(tree, intents, OWN, SETTINGS)
        verdicts[name] = {item.verdict for item in items}
        assert apply_intents(result, intents, OWN, SETTINGS)[0] == result
        assert all(item.why for item in items)
    survived = [n for n, v in verdicts.items() if v <= {Verdict.APPLIED, Verdict.CHANGED}]
    told = {
        name: {str(v) for v in found} for name, found in verdicts.items() if name not in survived
    }
    assert len(survived) >= LEAST[release], str(told)
    assert Verdict.BLOCKED not in Counter(v for found in verdicts.values() for v in found), told


HOOKED = [name for name, place in PLACES.items() if place.hooks]


@pytest.mark.parametrize("place", HOOKED)
@pytest.mark.parametrize("release", RELEASES)
def test_a_hook_at_the_end_runs_or_needs_a_look(release: str, place: str) -> None:
    tree = vendor(release)
    wanted = f"intents: [{{id: ours, hook: {{in: {place}, text: 'echo ${{#all[@]}}'}}}}]"
    result, (item,) = apply_intents(tree, site_choices(wanted.encode()).intents, OWN, SETTINGS)
    text = result[item.file].data.decode()
    reboots = [line for line in text.splitlines() if line.strip() in ("reboot", "sudo reboot")]
    behind = [line for line in reboots if text.rindex(line) < text.index("# changeover: begin")]
    assert bool(behind) == (item.verdict is Verdict.ACTION_NEEDED)
    if item.file.endswith(".sh"):
        subprocess.run(["bash", "-n"], input=text.encode(), check=True)


@pytest.mark.parametrize("release", RELEASES)
def test_every_plain_variable_and_no_array_of_the_versions_can_be_set(release: str) -> None:
    tree = vendor(release)
    file = tree.get("source/scripts/config.cfg")
    names = re.findall(r"^([A-Z_0-9]+)=", file.data.decode(), re.MULTILINE) if file else []
    for name in set(names):
        wanted = f"intents: [{{id: ours, set: {{in: versions, name: {name}, value: 'a b'}}}}]"
        result, (item,) = apply_intents(tree, site_choices(wanted.encode()).intents, {}, SETTINGS)
        is_array = name.endswith("_PKGS")
        assert (item.verdict is Verdict.BLOCKED) == (is_array or names.count(name) > 1), name
        subprocess.run(["bash", "-n"], input=result["source/scripts/config.cfg"].data, check=True)


@pytest.mark.parametrize("release", RELEASES)
def test_all_at_once_do_not_disturb_each_other(release: str) -> None:
    tree = vendor(release)
    page = next(each for each in PAGES if each in tree)
    lines = [
        f"- {{id: {name}-{number}, {each.replace('PAGE', page)}}}"
        for name, wanted in WANTED.items()
        for number, each in enumerate(wanted)
    ]
    intents = site_choices("\n".join(["intents:", *lines]).encode()).intents
    _, items = apply_intents(tree, intents, OWN, SETTINGS)
    assert Verdict.BLOCKED not in {item.verdict for item in items}
