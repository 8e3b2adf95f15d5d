"""Intents: what a site may say, and what becomes of it in a release."""

import subprocess

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from changeover.build.intents.apply import apply_intents
from changeover.build.intents.fields import KINDS
from changeover.build.intents.model import BadIntents, SiteChoices, site_choices
from changeover.build.intents.places import FOLDERS, LISTS, PLACES
from changeover.build.report import Item, Verdict
from changeover.build.tree import File, Tree
from tests.support.release_trees import SETTINGS, stand_in

WEB = "source/soca/cluster_web_ui/config.py"
VERSIONS = "source/scripts/config.cfg"
POST = "source/scripts/SchedulerPostReboot.sh"
SCHEDULER = "source/scripts/Scheduler.sh"
BOOT = "source/soca/cluster_node_bootstrap/ComputeNodeUserCustomization.sh"
ADD_NODES = "source/soca/cluster_manager/add_nodes.py"
LICENSES = "source/soca/cluster_manager/settings/licenses_mapping.yml"
INSTALLER = "installer/default_config.yml"

TEXTS = {
    WEB: (
        "import os\n\nclass Config(object):\n    # Sign-in\n    ENABLE_SSO = False  # or True\n"
        '    DCV_BLACKLIST_INSTANCE_TYPE = ["metal",\n        "nano"]  # hidden\n'
        '    HOME = os.environ["HOME"]\n    COUNT = 4\n'
    ),
    VERSIONS: 'PBS_VERSION="20.0.1"  # pinned\nSYSTEM_PKGS=(\n    wget\n    chrony\n)\nONE=( a )\n',
    POST: (
        "#!/bin/bash -xe\n"
        "cat <<EOT >> /apps/$X/settings/queue_mapping.yml\n"
        "# queues\nqueue_type:\n  compute:\n    queues: [low]\n    # max_running_jobs: 50\n"
        '    slots: 50\n    instance_ami: "$AMI"\n    instance_type: "c5.large" # Required\n'
        '  desktop:\n    queues: [desktop]\n    instance_type: "c5.large"\n'
        "EOT\n"
        'echo "\n* * * * * python3 dispatcher.py -c /x -t compute\n'
        '* * * * * python3 dispatcher.py -c /x -t desktop\n" | crontab -\n'
    ),
    SCHEDULER: (
        '#!/bin/bash\n/opt/pbs/bin/qmgr -c "create queue normal"\n'
        '/opt/pbs/bin/qmgr -c "set queue normal started = True"\nreboot\n'
    ),
    BOOT: "#!/bin/bash -xe\n\n# yours\n",
    ADD_NODES: "def add(tags):\n    cfn_stack_tags = [dict(tags)]\n    return cfn_stack_tags\n",
    LICENSES: "# licenses\nsolver:\n  seats: old\n",
    "source/soca/cluster_hooks/queuejob/check.py": "import sys\n",
    "source/soca/cluster_web_ui/static/img/logo.png": "\x89PNG",
}


def release(**more: str) -> Tree:
    return {
        **stand_in(),
        **{path: File(text.encode()) for path, text in {**TEXTS, **more}.items()},
    }


def choices(text: str) -> SiteChoices:
    return site_choices(text.encode())


def applied(
    intent: str, tree: Tree | None = None, own: dict[str, File] | None = None
) -> tuple[Tree, Item]:
    start = release() if tree is None else tree
    wanted = choices(f"intents: [{{id: ours, {intent}}}]").intents
    result, items = apply_intents(start, wanted, own or {}, SETTINGS)
    again, second = apply_intents(result, wanted, own or {}, SETTINGS)
    assert again == result
    if items[0].verdict in (Verdict.APPLIED, Verdict.CHANGED):
        assert second[0].verdict in (Verdict.UPSTREAM, Verdict.CHANGED)
    return result, items[0]


def changed_lines(path: str, tree: Tree) -> list[str]:
    before = release()[path].data.decode().splitlines()
    return [line for line in tree[path].data.decode().splitlines() if line not in before]


@pytest.mark.parametrize(
    ("intent", "path", "lines"),
    [
        (
            "set: {in: web, name: ENABLE_SSO, value: true}",
            WEB,
            ["    ENABLE_SSO = True  # or True"],
        ),
        ("set: {in: web, name: COUNT, value: 9}", WEB, ["    COUNT = 9"]),
        (
            "set: {in: web, name: DCV_BLACKLIST_INSTANCE_TYPE, value: [metal, p3]}",
            WEB,
            ["    DCV_BLACKLIST_INSTANCE_TYPE = ['metal', 'p3']  # hidden"],
        ),
        (
            "set: {in: versions, name: PBS_VERSION, value: 22.05}",
            VERSIONS,
            ["PBS_VERSION=22.05  # pinned"],
        ),
        (
            "set: {in: versions, name: PBS_VERSION, value: 'a b; rm'}",
            VERSIONS,
            ["PBS_VERSION='a b; rm'  # pinned"],
        ),
        (
            "set: {in: queues, name: compute.max_running_jobs, value: 9}",
            POST,
            ["    max_running_jobs: 9"],
        ),
        (
            "set: {in: queues, name: compute.instance_type, value: m5.large}",
            POST,
            ['    instance_type: "m5.large" # Required'],
        ),
        ("set: {in: licenses, name: solver.seats, value: new}", LICENSES, ['  seats: "new"']),
        ("add: {in: node-packages, values: [wget, tmux]}", VERSIONS, ["    tmux"]),
        (
            "hook: {in: node-boot, text: 'mkdir /x'}",
            BOOT,
            ["# changeover: begin ours", "mkdir /x", "# changeover: end ours"],
        ),
        (
            "tag: {name: 'cost center', value: '42'}",
            ADD_NODES,
            ["    tags['cost center'] = '42'"],
        ),
        (
            "machine: {role: workers, instance_type: m5.12xlarge}",
            POST,
            ['    instance_type: "m5.12xlarge" # Required'],
        ),
        (
            "machine: {role: desktops, instance_type: g4dn.8xlarge}",
            POST,
            ['    instance_type: "g4dn.8xlarge"'],
        ),
        ("replace: {in: node-boot, old: '# yours', new: '# ours'}", BOOT, ["# ours"]),
        ("replace: {in: node-boot, old: '# yours', new: '# yours now'}", BOOT, ["# yours now"]),
        (
            "policy: {role: nodes, arn: 'arn:aws:iam::123456789012:policy/lab'}",
            "source/templates/Security.template",
            ['        - "arn:aws:iam::123456789012:policy/lab"'],
        ),
    ],
)
def test_only_what_is_wanted_changes(intent: str, path: str, lines: list[str]) -> None:
    tree, item = applied(intent)
    assert changed_lines(path, tree) == lines
    assert (item.verdict, item.file) == (Verdict.APPLIED, path)
    assert {each for each in tree if tree[each] != release()[each]} == {path}


def test_a_hook_at_the_begin_comes_after_the_interpreter() -> None:
    tree, _ = applied("hook: {in: scheduler-start, at: begin, text: 'export https_proxy=x'}")
    text = tree[SCHEDULER].data.decode()
    head = "#!/bin/bash\n\n# changeover: begin ours\nexport https_proxy=x\n"
    assert text.startswith(head)


def test_a_hook_may_be_a_file_and_gets_lf() -> None:
    own = {"mount.sh": File(b"mount /x\r\n")}
    tree, _ = applied("hook: {in: node-boot, from: mount.sh}", own=own)
    assert b"\nmount /x\n# changeover: end" in tree[BOOT].data
    subprocess.run(["bash", "-n"], input=tree[BOOT].data, check=True)


def test_a_changed_hook_replaces_its_former_self() -> None:
    once, _ = applied("hook: {in: node-boot, text: one}")
    twice, _ = applied("hook: {in: node-boot, text: two}", once)
    assert b"one" not in twice[BOOT].data


def test_a_queue_has_settings_a_dispatcher_and_is_made() -> None:
    tree, item = applied("queue: {name: bio, like: compute, settings: {max_running_jobs: 5}}")
    post = tree[POST].data.decode()
    assert '  bio:\n    queues: ["bio"]\n    slots: 50\n    instance_ami: "$AMI"\n' in post
    assert "    max_running_jobs: 5\n" in post
    assert post.count("dispatcher.py -c /x -t bio\n") == 1
    assert 'qmgr -c "create queue bio"' in tree[SCHEDULER].data.decode()
    assert 'qmgr -c "set queue bio started = True"' in tree[SCHEDULER].data.decode()
    assert item.verdict is Verdict.APPLIED


def test_a_queue_that_nothing_makes_needs_a_look() -> None:
    tree = release(**{SCHEDULER: "#!/bin/bash\n"})
    assert applied("queue: {name: bio}", tree)[1].verdict is Verdict.ACTION_NEEDED


def test_a_file_of_the_sites_own_goes_where_the_era_looks_for_it() -> None:
    own = {"ours.py": File(b"import os\n")}
    tree, item = applied("file: {in: queue-hooks, from: ours.py, executable: true}", own=own)
    placed = tree["source/soca/cluster_hooks/queuejob/ours.py"]
    assert placed == File(b"import os\n", executable=True)
    assert item.verdict is Verdict.APPLIED


def test_replacing_a_vendors_file_is_told() -> None:
    own = {"logo.png": File(b"\x00ours")}
    tree, item = applied("file: {in: web-images, from: logo.png}", own=own)
    assert tree["source/soca/cluster_web_ui/static/img/logo.png"].data == b"\x00ours"
    assert item.verdict is Verdict.CHANGED
    assert "replaces" in item.why


def test_a_renamed_setting_is_followed_and_told() -> None:
    text = TEXTS[WEB].replace("DCV_BLACKLIST", "DCV_RESTRICTED")
    tree, item = applied(
        "set: {in: web, name: DCV_BLACKLIST_INSTANCE_TYPE, value: [p3]}", release(**{WEB: text})
    )
    assert b"DCV_RESTRICTED_INSTANCE_TYPE = ['p3']" in tree[WEB].data
    assert item.verdict is Verdict.CHANGED


def test_a_renamed_yaml_setting_is_followed() -> None:
    text = TEXTS[POST].replace("instance_type:", "instance_types:")
    tree, item = applied(
        "set: {in: queues, name: compute.instance_type, value: m5.large}", release(**{POST: text})
    )
    assert b'    instance_types: "m5.large" # Required' in tree[POST].data
    assert item.verdict is Verdict.CHANGED


def test_tags_of_later_releases_go_into_the_installers_configuration() -> None:
    tree, _ = applied(
        "tag: {name: team, value: bio}", release(**{INSTALLER: "Config:\n  version: 1\n"})
    )
    assert tree[INSTALLER].data.decode() == (
        'Config:\n  custom_tags:\n    - Key: "team"\n      Value: "bio"\n  version: 1\n'
    )


CDK = "installer/resources/src/cdk_construct.py"


def test_a_policy_of_a_later_release_goes_into_its_cdk_program() -> None:
    program = (
        "def roles(self):\n"
        '    self.soca_resources["compute_node_role"] = iam.Role(\n'
        '        self,\n        "x",\n    )\n'
        '    self.soca_resources["other"] = 1\n'
    )
    arn = "arn:aws:iam::123456789012:policy/lab"
    tree, item = applied(f"policy: {{role: nodes, arn: '{arn}'}}", release(**{CDK: program}))
    lines = tree[CDK].data.decode().splitlines()
    assert lines[5] == (
        "    self.soca_resources['compute_node_role'].add_managed_policy("
        f'iam.ManagedPolicy.from_managed_policy_arn(self, "changeover-ours", "{arn}"))'
    )
    assert item.verdict is Verdict.APPLIED


def test_a_cdk_program_without_the_role_blocks_the_policy() -> None:
    arn = "arn:aws:iam::123456789012:policy/lab"
    _, item = applied(f"policy: {{role: nodes, arn: '{arn}'}}", release(**{CDK: "x = 1\n"}))
    assert item.verdict is Verdict.BLOCKED
    assert "0 roles compute_node_role" in item.why


@pytest.mark.parametrize(
    ("intent", "told"),
    [
        ("set: {in: web, name: NO_SUCH, value: 1}", "no setting NO_SUCH"),
        ("set: {in: web, name: ENABLE_SS, value: 1}", "ENABLE_SS (did you mean ENABLE_SSO?)"),
        ("set: {in: installer, name: a.b, value: 1}", "no place for installer"),
        ("replace: {in: node-boot, old: gone, new: nowhere}", "does not have the text"),
        ("replace: {path: source/gone, old: gone, new: x}", "source/gone"),
        ("file: {to: source/soca/gone/x.py, from: own.py}", "source/soca/gone"),
    ],
)
def test_what_this_era_does_not_have_needs_a_look(intent: str, told: str) -> None:
    _, item = applied(intent, own={"own.py": File(b"")})
    assert item.verdict is Verdict.ACTION_NEEDED
    assert told in item.why
    assert item.do


@pytest.mark.parametrize(
    ("intent", "more", "told"),
    [
        ("file: {in: queue-hooks, from: nope.py}", {}, "no files/nope.py"),
        ("hook: {in: node-boot, from: nope.sh}", {}, "no files/nope.sh"),
        ("hook: {in: node-boot, from: bin}", {}, "not a text file"),
        ("file: {in: queue-hooks, from: bad.py}", {}, "could not be read afterwards"),
        ("add: {in: node-packages, values: [x]}", {VERSIONS: "A=1\n"}, "0 arrays SYSTEM_PKGS"),
        (
            "add: {in: node-packages, values: [x]}",
            {VERSIONS: "SYSTEM_PKGS=(a)\nSYSTEM_PKGS=(b)\n"},
            "2 arrays",
        ),
        ("set: {in: web, name: COUNT, value: 1}", {WEB: "COUNT = 1\nCOUNT = 2\n"}, "2 times"),
        ("queue: {name: bio, like: gpu}", {}, "known are compute, desktop"),
        ("queue: {name: bio}", {POST: "#!/bin/bash\n"}, "0 places"),
        ("set: {in: queues, name: compute.x, value: '`id`'}", {}, "a shell would run"),
        ("set: {in: queues, name: compute.x, value: '$(id)'}", {}, "a shell would run"),
        ("tag: {name: a, value: b}", {ADD_NODES: "x = 1\n"}, "cfn_stack_tags"),
        (
            "policy: {role: nodes, arn: 'arn:aws:iam::123456789012:policy/lab'}",
            {"source/templates/Viewer.template": "a: [\n"},
            "not valid YAML",
        ),
        ("set: {in: web, name: COUNT, value: 1}", {WEB: "COUNT = (\n"}, "never closed"),
        ("set: {in: web, name: COUNT, value: 1}", {WEB: "COUNT = 4\nCOUNT += 2\n"}, "2 times"),
        ("set: {in: web, name: COUNT, value: 1}", {WEB: "COUNT = LIMIT = 4\n"}, "other names"),
        ("set: {in: versions, name: SYSTEM_PKGS, value: x}", {}, "not one plain word"),
        ("set: {in: versions, name: A, value: x}", {VERSIONS: "A=$(date +%s)\n"}, "plain word"),
        ("set: {in: versions, name: A, value: x}", {VERSIONS: 'A="a"b\n'}, "plain word"),
        (
            "add: {in: node-packages, values: [x]}",
            {VERSIONS: "SYSTEM_PKGS=(\n  $(more)\n)\n"},
            "0 arrays SYSTEM_PKGS of plain words",
        ),
        # An array that is never closed must not keep a regular expression busy.
        (
            "add: {in: node-packages, values: [x]}",
            {VERSIONS: f"SYSTEM_PKGS=( {'a' * 5000}\n"},
            "0 arrays",
        ),
        ("queue: {name: compute, settings: {slots: 9}}", {}, "has a queue type compute already"),
        ("set: {in: queues, name: compute.x, value: $HOME}", {}, "a shell would run"),
        ("set: {in: queues, name: compute.x, value: '{{ x }}'}", {}, "Jinja"),
        ("hook: {in: node-boot, from: marked.sh}", {}, "# changeover:"),
        ("file: {to: source/soca/cluster_hooks, from: own.py}", {}, "both a file and a folder"),
        ("file: {to: source/scripts/config.cfg/x, from: own.py}", {}, "both a file and a folder"),
        ("set: {in: licenses, name: a.b, value: 1}", {LICENSES: "a: [\n"}, "not valid YAML"),
    ],
)
def test_what_cannot_be_placed_is_blocked_and_changes_nothing(
    intent: str, more: dict[str, str], told: str
) -> None:
    tree = release(**more)
    own = {
        "bad.py": File(b"x = (\n"),
        "bin": File(b"\0"),
        "own.py": File(b""),
        "marked.sh": File(b"# changeover: end ours\n"),
    }
    result, item = applied(intent, tree, own)
    assert (result, item.verdict) == (tree, Verdict.BLOCKED)
    assert told in item.why


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SYSTEM_PKGS=( a # why\n)\n", "SYSTEM_PKGS=( a # why\n x )\n"),
        (
            "SYSTEM_PKGS=(\n  a # (why)\n  b\n)\n",
            "SYSTEM_PKGS=(\n  a # (why)\n  b\n  x\n)\n",
        ),
        ("SYSTEM_PKGS=(\n  'a b'\n  # x\n)\n", "SYSTEM_PKGS=(\n  'a b'\n  # x\n  x\n)\n"),
        ("SYSTEM_PKGS=()\n", "SYSTEM_PKGS=( x )\n"),
        ("SYSTEM_PKGS=( a#b $C )\n", "SYSTEM_PKGS=( a#b $C x )\n"),
    ],
)
def test_a_package_is_never_lost_in_a_comment(before: str, after: str) -> None:
    tree, item = applied("add: {in: node-packages, values: [x]}", release(**{VERSIONS: before}))
    assert tree[VERSIONS].data.decode() == after
    assert item.verdict is Verdict.APPLIED
    listed = ["bash", "-c", f'{after}printf "%s\\n" "${{SYSTEM_PKGS[@]}}"']
    out = subprocess.run(listed, capture_output=True, check=True, text=True).stdout
    assert out.splitlines()[-1] == "x"


@pytest.mark.parametrize(
    "seats",
    ["seats:", "seats: |\n    a\n    b", "seats:\n    - a # why", "seats: {a: 1}", "seats: 1"],
)
def test_a_yaml_value_of_any_form_is_replaced(seats: str) -> None:
    before = f"solver:\n  {seats}\n  host: h\n"
    tree, _ = applied(
        "set: {in: licenses, name: solver.seats, value: true}", release(**{LICENSES: before})
    )
    assert yaml.safe_load(tree[LICENSES].data) == {"solver": {"seats": True, "host": "h"}}


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        ("COUNT = 1\n", "true", "COUNT = True\n"),
        ("COUNT: int = 4\n", "9", "COUNT: int = 9\n"),
        ("COUNT = -1\n", "9", "COUNT = 9\n"),
    ],
)
def test_a_python_value_of_any_form_is_replaced(before: str, wanted: str, after: str) -> None:
    tree, item = applied(
        f"set: {{in: web, name: COUNT, value: {wanted}}}", release(**{WEB: before})
    )
    assert (tree[WEB].data.decode(), item.verdict) == (after, Verdict.APPLIED)


def test_a_hook_at_the_end_comes_before_the_reboot_that_ends_the_script() -> None:
    tree, item = applied("hook: {in: scheduler-start, text: mount /x}")
    assert tree[SCHEDULER].data.decode().endswith("# changeover: end ours\n\nreboot\n")
    assert item.verdict is Verdict.CHANGED
    assert "before `reboot`" in item.why


@pytest.mark.parametrize(
    "script", ["if x; then\n    sudo reboot\nfi\n", "if x; then\nreboot\nelse\nlast\nfi\n"]
)
def test_a_hook_behind_a_possible_reboot_needs_a_look(script: str) -> None:
    tree, item = applied(
        "hook: {in: scheduler-start, text: mount /x}", release(**{SCHEDULER: script})
    )
    assert tree[SCHEDULER].data.decode().startswith(script)
    assert item.verdict is Verdict.ACTION_NEEDED
    assert "line 2" in item.why


def test_a_reboot_in_a_comment_or_a_crontab_does_not_matter_to_a_hook() -> None:
    script = "# reboot\necho '\n@reboot x\n'\nlast\n"
    _, item = applied("hook: {in: scheduler-start, text: mount /x}", release(**{SCHEDULER: script}))
    assert item.verdict is Verdict.APPLIED


def test_a_shells_braces_are_no_jinja() -> None:
    path = PLACES["node-boot"].paths[0]
    tree, item = applied(
        "hook: {in: node-boot, text: 'echo ${#all[@]}'}", release(**{path: "first\n"})
    )
    lines = tree[path].data.decode().splitlines()[3:]
    assert lines[:3] == ["# {% raw %}", "echo ${#all[@]}", "# {% endraw %}"]
    assert item.verdict is Verdict.APPLIED
    _, refused = applied(
        "hook: {in: node-boot, text: '{% endraw %}'}", release(**{path: "first\n"})
    )
    assert refused.verdict is Verdict.BLOCKED


def test_faults_are_told_in_the_same_order_each_time() -> None:
    with pytest.raises(BadIntents) as refused:
        choices("intents:\n- {id: a, set: {c: 1, b: 1, d: 1}}\nz: 1\ny: 1\n")
    told = str(refused.value)
    found = [told.index(each) for each in ("key y", "key z", "needs in", "needs name", "field b")]
    assert found == sorted(found)
    assert told.index("field b") < told.index("field c") < told.index("field d")


def test_values_reach_python_as_values_not_as_code() -> None:
    tree, _ = applied("""set: {in: web, name: COUNT, value: "'; import os #"}""")
    names: dict[str, object] = {}
    exec(tree[WEB].data, names)  # noqa: S102 - our own text
    assert names["Config"].COUNT == "'; import os #"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a", "must be a mapping"),
        ("intents: {a: 1}", "must be a list"),
        ("intents: [", "not valid YAML"),
        ("wishes: []", "no key wishes"),
        ("accept: x", "accept must be a list"),
        ("intents: [1]", "intents.yaml:1: an intent is a mapping"),
        ("intents:\n- set: {}", "intents.yaml:2: an intent needs an id"),
        ("intents:\n- {id: a, set: {}, add: {}}", "not add, set"),
        ("intents:\n- {id: a, wish: {}}", "not wish"),
        ("intents:\n- {id: a, set: {in: web, name: X}}", "set needs value"),
        ("intents:\n- {id: a, set: {in: web, name: X, value: 1, y: 1}}", "no field y"),
        ("intents:\n- {id: a, set: {in: moon, name: X, value: 1}}", "no place moon"),
        ("intents:\n- {id: a, set: {in: wb, name: X, value: 1}}", "wb (did you mean web?)"),
        ("intents:\n- {id: a, set: {in: web, nam: X, value: 1}}", "nam (did you mean name?)"),
        ("intent: []", "no key intent (did you mean intents?)"),
        ("intents: []\nintents: []", "intents.yaml:2: the key intents is there twice"),
        ("intents: &a []\naccept: *a", "alias"),
        ("intents:\n- {id: a, set: {in: web, name: X, value: 2026-01-01}}", "value must be"),
        ("intents:\n- {id: a, set: {in: web, name: X, value: .nan}}", "value must be"),
        ("intents:\n- {id: a, set: {in: versions, name: X, value: [1]}}", "shell script"),
        ("intents:\n- {id: a, hook: {in: node-boot, text: 7}}", "text must be"),
        ("intents:\n- {id: a, hook: {in: node-boot, text: '# changeover: end a'}}", "text must be"),
        ("intents:\n- {id: a, file: {in: queue-hooks, from: x, executable: 1}}", "true or false"),
        ("intents:\n- {id: a, queue: {name: x, settings: {a: 2026-01-01}}}", "plain values"),
        ("intents:\n- {id: a, queue: {name: x, like: [y]}}", "like must be"),
        ("intents:\n- {id: a, add: {in: [x], values: []}}", "no place"),
        ("intents:\n- {id: a, replace: {in: web, old: '', new: 1}}", "new is a text"),
        ("intents:\n- {id: [a], tag: {name: [x], value: {}}}", "1 to 128"),
        ("intents:\n- {id: a, tag: 7}", "tag must be a mapping"),
        ("accept: {a: 1}", "accept must be a list"),
        ("intents:\n\t- id: a\n", "intents.yaml:2: it is not valid YAML"),
        ("intents:\n- {id: a, set: {in: web, name: 'X;', value: 1}}", "not the name of a setting"),
        ("intents:\n- {id: a, hook: {in: node-boot}}", "has text, or a file"),
        ("intents:\n- {id: a, hook: {in: node-boot, text: x, at: noon}}", "begin or end"),
        ("intents:\n- {id: a, hook: {in: web, text: x}}", "no place web"),
        ("intents:\n- {id: a, file: {to: ../x, from: x}}", "not a path in a release"),
        ("intents:\n- {id: a, file: {to: source/, from: x}}", "empty parts"),
        ("intents:\n- {id: a, file: {to: source//x, from: x}}", "empty parts"),
        ("intents:\n- {id: a, file: {to: source/.git/x, from: x}}", "git repository"),
        ("intents:\n- {id: a, queue: {name: x, settings: {'a: b': 1}}}", "'a: b' is not the name"),
        ("intents:\n- {id: a, file: {in: queue-hooks, from: ../x}}", "not a file below files/"),
        ("intents:\n- {id: a, tag: {name: 'aws:x', value: y}}", "belongs to AWS"),
        ("intents:\n- {id: a, tag: {name: x, value: 42}}", "put numbers into quotes"),
        ("intents:\n- {id: a, policy: {role: king, arn: x}}", "no place king"),
        ("intents:\n- {id: a, policy: {role: nodes, arn: x}}", "not the ARN"),
        ("intents:\n- {id: a, machine: {role: king, instance_type: m5.large}}", "role is one"),
        ("intents:\n- {id: a, machine: {role: workers, instance_type: big}}", "not an instance"),
        ("intents:\n- {id: a, queue: {name: 'x y'}}", "not the name of a queue"),
        ("intents:\n- {id: a, tag: {name: x, value: y}}\n- {id: a, tag: {name: x, value: y}}",
         "intents.yaml:3: the id a is there twice"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_the_line(text: str, told: str) -> None:
    with pytest.raises(BadIntents) as refused:
        choices(text)
    assert told in str(refused.value)


def test_all_faults_of_a_file_are_told_at_once() -> None:
    with pytest.raises(BadIntents) as refused:
        choices("wishes: 1\nintents:\n- {id: a, set: {}}\n- {id: B, tag: {}}\n")
    assert str(refused.value).count("; ") >= 4


def test_choices_beside_intents_are_read() -> None:
    found = choices("repairs_off: [runtimes]\naccept: ['file:source/x']\n")
    assert found == SiteChoices((), frozenset({"runtimes"}), frozenset({"file:source/x"}))
    assert choices("") == SiteChoices()


GRAMMAR = """
id in to from name value values text at old new path role arn instance_type like settings intents
accept workers nodes end x.py compute.x ENABLE_SSO
"""
WORDS = st.sampled_from([*KINDS, *GRAMMAR.split(), *PLACES, *FOLDERS, *LISTS])
VALUES = st.recursive(
    st.one_of(WORDS, st.integers(), st.booleans(), st.none(), st.dates(), st.floats(), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(WORDS, st.integers()), inner, max_size=4),
    ),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(WORDS, VALUES, max_size=3), max_size=3))
def test_whatever_a_file_says_it_is_applied_or_refused(intents: list[dict[str, object]]) -> None:
    """No content ends in a traceback, neither when it is read nor when it is applied."""
    text = yaml.safe_dump({"intents": intents})
    try:
        wanted = choices(text).intents
    except BadIntents:
        return
    _, items = apply_intents(release(), wanted, {}, SETTINGS)
    assert len(items) == len(wanted)


@given(st.sampled_from([*KINDS]), st.data())
def test_a_well_formed_intent_is_applied_or_refused(kind: str, data: st.DataObject) -> None:
    required, optional, _ = KINDS[kind]
    fields = {key: data.draw(st.one_of(WORDS, VALUES)) for key in required}
    fields |= {key: data.draw(WORDS) for key in optional if data.draw(st.booleans())}
    try:
        wanted = choices(yaml.safe_dump({"intents": [{"id": "a", kind: fields}]})).intents
    except BadIntents:
        return
    tree, items = apply_intents(release(), wanted, {"x.py": File(b"")}, SETTINGS)
    again, _ = apply_intents(tree, wanted, {"x.py": File(b"")}, SETTINGS)
    assert items[0].why
    assert again == tree
