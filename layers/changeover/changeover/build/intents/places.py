"""Where each era of SOCA keeps what intents name. The first path that a release has is its own."""

from dataclasses import dataclass

_BOOTSTRAP = "source/soca/cluster_node_bootstrap"
_WEB = ("source/soca/cluster_manager/web_interface", "source/soca/cluster_web_ui")
_CONTROLLER = "installer/resources/user_data/controller"


@dataclass(frozen=True, slots=True)
class Place:
    """A file of a release.

    `settings` says how its settings are written: python, shell, yaml or heredoc (YAML in a shell
    script). `hooks` says that text may be put at its begin or end.
    """

    paths: tuple[str, ...]
    settings: str = ""
    hooks: bool = False


PLACES = {
    "web": Place(tuple(f"{web}/config.py" for web in _WEB), settings="python"),
    "versions": Place(("source/scripts/config.cfg",), settings="shell"),
    "installer": Place(("installer/default_config.yml",), settings="yaml"),
    "queues": Place(
        (
            f"{_BOOTSTRAP}/templates/linux/scheduler/queues_mapping.sh.j2",
            "source/scripts/SchedulerPostReboot.sh",
        ),
        settings="heredoc",
    ),
    "licenses": Place(
        (
            "source/soca/cluster_manager/orchestrator/settings/licenses_mapping.yml",
            "source/soca/cluster_manager/settings/licenses_mapping.yml",
        ),
        settings="yaml",
    ),
    "node-start": Place(
        (f"{_BOOTSTRAP}/compute_node/02_setup.sh.j2", f"{_BOOTSTRAP}/ComputeNode.sh"), hooks=True
    ),
    "node-boot": Place(
        (
            f"{_BOOTSTRAP}/compute_node/04_setup_user_customization.sh.j2",
            f"{_BOOTSTRAP}/ComputeNodeUserCustomization.sh",
        ),
        hooks=True,
    ),
    "scheduler-start": Place(
        (f"{_CONTROLLER}/02_prerequisites.sh.j2", "source/scripts/Scheduler.sh"), hooks=True
    ),
    "scheduler-boot": Place(
        (f"{_CONTROLLER}/03_setup.sh.j2", "source/scripts/SchedulerPostReboot.sh"), hooks=True
    ),
    "job-tags": Place(("source/soca/cluster_manager/add_nodes.py",)),
}

FOLDERS = {
    "queue-hooks": ("source/soca/cluster_hooks/queuejob",),
    "web-images": tuple(f"{web}/static/img" for web in _WEB),
    "web-pages": tuple(f"{web}/templates" for web in _WEB),
    "node-scripts": (f"{_BOOTSTRAP}/compute_node", _BOOTSTRAP),
    "licenses": (
        "source/soca/cluster_manager/orchestrator/settings",
        "source/soca/cluster_manager/settings",
    ),
}
"""Folders for a site's own files."""

LISTS = {
    "node-packages": (
        (
            f"{_BOOTSTRAP}/templates/linux/system_packages/user_extra_packages.sh.j2",
            "USER_EXTRA_PKGS",
        ),
        ("source/scripts/config.cfg", "SYSTEM_PKGS"),
    ),
    "scheduler-packages": (("source/scripts/config.cfg", "SCHEDULER_PKGS"),),
}
"""Shell arrays: a file and the array's name."""

_PBS = f"{_BOOTSTRAP}/templates/linux/scheduler"
DISPATCHERS = {
    f"{_CONTROLLER}/03_setup.sh.j2": r"jobs_dispatcher\.sh {}\s*$",
    "source/scripts/SchedulerPostReboot.sh": r"dispatcher\.py .* -t {}\s*$",
}
"""Scripts that start a dispatcher for each queue type, and the form of such a line."""

QUEUE_MAKERS = (
    f"{_PBS}/openpbs/configure_server.sh.j2",
    f"{_PBS}/pbspro/configure_server.sh.j2",
    "source/scripts/Scheduler.sh",
)
"""Scripts that make the scheduler's queues: line by line, or in a loop over their names."""

ROLES = {
    "scheduler": "SchedulerIAMRole",
    "nodes": "ComputeNodeIAMRole",
    "spot-fleet": "SpotFleetIAMRole",
}
"""Roles in templates/Security.template up to 2.6, by their logical ID."""

CDK_ROLES = {
    "scheduler": ("controller_role", "scheduler_role"),
    "nodes": ("compute_node_role",),
    "spot-fleet": ("spot_fleet_role",),
}
"""Roles in the CDK program of later releases, by their key in `soca_resources`."""

CDK_PROGRAM = "installer/resources/src/cdk_construct.py"

RENAMED = {
    "DCV_BLACKLIST_INSTANCE_TYPE": "DCV_RESTRICTED_INSTANCE_TYPE",
    "instance_type": "instance_types",
}
"""Settings that a later release knows by another name."""
