"""`changeover release check` and `merge`: what a build would do, and its source tree."""

import argparse
import json
import sys
from pathlib import Path

from pydantic import ValidationError

from changeover.build.intents.model import BadIntents
from changeover.build.merge import Release
from changeover.build.release import BuiltRelease, Sources, build
from changeover.build.report import as_json, blocked, counted, open_actions
from changeover.build.report_text import summary, table
from changeover.build.settings import BuildSettings
from changeover.build.site_archive import SiteParts
from changeover.build.tree import Tree
from changeover.cli import exit_codes
from changeover.cli.exit_codes import Unusable
from changeover.cli.progress import doing
from changeover.cli.release_sources import base_path, read_release, read_site, release_name
from changeover.cli.text import legible
from changeover.cluster.configuration import ClusterConfiguration

_EXAMPLE = "hpc"


def run_check(request: argparse.Namespace) -> int:
    """Print the report. Returns FOUND if a person has to look at something."""
    return _told(request, _built(request))


def run_merge(request: argparse.Namespace) -> int:
    """Print the report and, if nothing is blocked, write the tree."""
    if request.out.exists():
        raise Unusable(f"{request.out} exists already: name a folder that does not")
    built = _built(request)
    status = _told(request, built)
    if not blocked(built.items):
        _write(built.tree, request.out)
        sys.stderr.write(f"{len(built.tree):,} files written to {request.out}\n")
    return status


def _built(request: argparse.Namespace) -> BuiltRelease:
    site = read_site(request.site) if request.site else SiteParts()
    settings = _settings(request)
    vendor = read_release(request.vendor)
    base = _base(request, site, vendor)
    try:
        with doing("building"):
            return build(Sources(vendor, site, base), settings)
    except BadIntents as error:
        raise Unusable(f"{request.site}: {error}") from error


def _base(request: argparse.Namespace, site: SiteParts, vendor: Release) -> Release | None:
    if not site.whole_files or site.base is None:
        return None
    wanted = site.base.release
    if wanted == vendor.name and not request.base:
        return vendor
    path = request.base or base_path(request.vendor, wanted)
    if release_name(path) != wanted:
        raise Unusable(
            f"--base is {release_name(path)}, but the site's file base names {wanted}: name that"
            " release"
        )
    return read_release(path)


def _settings(request: argparse.Namespace) -> BuildSettings:
    configuration = _configuration(request.config) if request.config else None
    return BuildSettings(
        cluster=configuration.cluster if configuration else _EXAMPLE,
        boundary=request.boundary,
        certificate=request.certificate,
        release_roles=request.release_roles,
        template=configuration.source.template if configuration else BuildSettings("x").template,
        parameters=dict(configuration.stack_parameters) if configuration else {},
        machines=configuration.machines.chosen if configuration else {},
    )


def _configuration(path: Path) -> ClusterConfiguration:
    try:
        return ClusterConfiguration.model_validate_json(path.read_bytes())
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror or error}") from error
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()
        )
        raise Unusable(f"{path} is not a valid cluster configuration: {told}") from None


def _told(request: argparse.Namespace, built: BuiltRelease) -> int:
    stops, looks = blocked(built.items), open_actions(built.items)
    if request.json:
        answer = {"items": as_json(built.items), "counts": counted(built.items)}
        sys.stdout.write(json.dumps(answer, indent=1) + "\n")
    else:
        for line in table(built.items, everything=request.all):
            sys.stdout.write(f"{legible(line)}\n")
        sys.stdout.write(f"\n{_verdict(built)}.\n")
    return exit_codes.FOUND if stops or looks else exit_codes.FINE


def _verdict(built: BuiltRelease) -> str:
    if stops := blocked(built.items):
        return f"Would not be built: {len(stops)} blocked ({summary(built.items)})"
    if looks := open_actions(built.items):
        return f"Would be built, but look at {len(looks)} first ({summary(built.items)})"
    return f"Would be built ({summary(built.items)})"


def _write(tree: Tree, folder: Path) -> None:
    try:
        for name, file in tree.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.data)
            if file.executable:
                path.chmod(0o755)
    except OSError as error:
        raise Unusable(f"{folder}: {error.strerror or error}") from error
