"""The archives that operators put into the evidence bucket before an upgrade."""

import shutil
from pathlib import Path

from rehearsal.releases.vendor_release import (
    CUSTOMIZATIONS,
    HERE,
    RELEASE,
    customizations_archive,
    packed,
    vendor_archive,
)

LATER = "2.6.2"
_SCRIPT = "source/soca/cluster_node_bootstrap/ComputeNodeUserCustomization.sh"


def sources(work: Path, *, later: bool) -> dict[str, bytes]:
    """Archives by key. `later` adds a SOCA release that conflicts with the site's changes."""
    archives = {
        f"vendor/{RELEASE}.tar.gz": vendor_archive(),
        f"customizations/{CUSTOMIZATIONS}.tar.gz": customizations_archive(),
    }
    return archives | {f"vendor/{LATER}.tar.gz": _later(work)} if later else archives


def _later(work: Path) -> bytes:
    tree = shutil.copytree(HERE / "vendor" / RELEASE, work / LATER)
    with (tree / _SCRIPT).open("a") as script:
        script.write("\nyum update -y\n")
    return packed(tree, f"scale-out-computing-on-aws-{LATER}")
