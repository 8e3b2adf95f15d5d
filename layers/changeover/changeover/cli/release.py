"""`changeover release`: check, merge and compare SOCA's releases without AWS."""

import argparse
from pathlib import Path

from changeover.cli.release_build import run_check, run_merge
from changeover.cli.release_diff import run_diff

_ABOUT = """\
Check, merge and compare releases of SOCA, as the build in AWS does it. These commands do not
connect to AWS. A release or a site's customizations are an archive (tar.gz) or a folder.

exit status: 0 it would be built, or there is no difference that concerns the site; 1 an item is
blocked or needs a look, or the vendor changed a file of the site; 2 an input or the output folder
cannot be used
"""


def add_release(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "release",
        help="check, merge and compare releases of SOCA",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=lambda _: parser.print_help())
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_check(verbs)
    _add_merge(verbs)
    _add_diff(verbs)


def _add_check(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "tell what a build would do: every repair, intent and file, with a verdict"
    parser = verbs.add_parser("check", help=about, description=about)
    _add_sources(parser)
    parser.set_defaults(run=run_check)


def _add_merge(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "build a release as `check` does, and write its source tree"
    parser = verbs.add_parser("merge", help=about, description=about)
    _add_sources(parser)
    parser.add_argument(
        "--out", metavar="DIR", type=Path, required=True, help="a folder that does not exist yet"
    )
    parser.set_defaults(run=run_merge)


def _add_diff(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "tell what the vendor changed between two releases, first where the site has changes"
    parser = verbs.add_parser("diff", help=about, description=about)
    parser.add_argument("old", metavar="OLD", type=Path, help="the earlier release")
    parser.add_argument("new", metavar="NEW", type=Path, help="the later release")
    _add_site(parser)
    _add_manner(parser)
    parser.set_defaults(run=run_diff)


def _add_sources(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "vendor", metavar="VENDOR", type=Path, help="the vendor's release, such as 2.6.1.tar.gz"
    )
    _add_site(parser)
    parser.add_argument(
        "--base",
        metavar="RELEASE",
        type=Path,
        help="the release that the site's file base names; default: beside VENDOR",
    )
    parser.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        help="the cluster's configuration (JSON), whose values must fit the release",
    )
    parser.add_argument("--boundary", metavar="ARN", default="", help="ReleaseBoundaryArn, if any")
    parser.add_argument(
        "--certificate", metavar="ARN", default="", help="CertificateArn of the front door"
    )
    parser.add_argument(
        "--release-roles", action="store_true", help="as with MakeReleaseRoles set to true"
    )
    _add_manner(parser)


def _add_site(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--site", metavar="SITE", type=Path, help="the site's customizations")


def _add_manner(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="list everything")
    parser.add_argument("--json", action="store_true", help="write JSON, for programs")
