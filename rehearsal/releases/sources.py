"""The archives that operators put into the evidence bucket before an upgrade."""

from changeover.build.tree import File
from rehearsal.releases.vendor_release import (
    CUSTOMIZATIONS,
    HERE,
    RELEASE,
    customizations_archive,
    packed_files,
    tree_files,
    vendor_archive,
)

LATER = "2.6.2"
"""A SOCA release that changed the lines that the site changed."""

WISHFUL = "wishful"
"""The site's customizations, with a wish that SOCA 2.6.1 has no place for."""

_SCRIPT = "source/soca/cluster_node_bootstrap/ComputeNodeUserCustomization.sh"
_WISH = b"""\
  - id: hidden-desktops
    set: {in: web, name: DCV_HIDDEN_TYPES, value: [p3]}
"""


def sources() -> dict[str, bytes]:
    """Archives by key: what the cluster runs, and what some scenarios build instead."""
    return {
        f"vendor/{RELEASE}.tar.gz": vendor_archive(),
        f"vendor/{LATER}.tar.gz": _later(),
        f"customizations/{CUSTOMIZATIONS}.tar.gz": customizations_archive(),
        f"customizations/{WISHFUL}.tar.gz": _wishful(),
    }


def _later() -> bytes:
    files = tree_files(HERE / "vendor" / RELEASE)
    files[_SCRIPT] = File(files[_SCRIPT].data + b"\nyum update -y\n", executable=True)
    return packed_files(files, f"scale-out-computing-on-aws-{LATER}")


def _wishful() -> bytes:
    files = tree_files(HERE / "customizations" / CUSTOMIZATIONS)
    files["intents.yaml"] = File(files["intents.yaml"].data + _WISH)
    return packed_files(files)
