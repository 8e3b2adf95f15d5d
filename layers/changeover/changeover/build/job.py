"""The build in AWS CodeBuild: `python3 -m changeover.build.job missing|build FOLDER FACTS`.

The folder has `request.json` and `archives/`. `missing` prints the keys of archives to fetch into
`archives/`, one on a line, and nothing once all are there. A key that the bucket does not have is
marked by a file `<key>.absent`. FACTS is a JSON object with fields of `BuildSettings` that the
CodeBuild project knows. `build` writes `installer/`, `answer.json` and `report.html`.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from changeover.build.archive import Archive, BadArchive, read_archive
from changeover.build.digest import sha256_of
from changeover.build.intents.model import BadIntents
from changeover.build.merge import Release
from changeover.build.pack import payload
from changeover.build.release import Sources, build
from changeover.build.report import blocked
from changeover.build.report_html import page
from changeover.build.report_text import refusal, table
from changeover.build.request import (
    Answer,
    UsedArchive,
    answer_to_json,
    request_from_json,
    vendor_key,
)
from changeover.build.site_archive import SiteParts, site_parts
from changeover.build.vendor_archive import vendor_tree


class Job:
    """One build in one folder."""

    def __init__(self, folder: Path, facts: Mapping[str, Any] = MappingProxyType({})) -> None:
        self._folder = folder
        request = request_from_json((folder / "request.json").read_text())
        self._request = replace(request, settings=replace(request.settings, **facts))

    def missing(self) -> list[str]:
        """Return the keys of archives that are still to be fetched."""
        first = [key for key in (self._request.vendor_key, self._request.site_key) if key]
        if missing := [key for key in first if not self._is_settled(key)]:
            return missing
        try:
            wanted = list(self._further(self._site()))
        except BadArchive:  # the build tells it
            return []
        return [key for key in wanted if not self._is_settled(key)]

    def _is_settled(self, key: str) -> bool:
        path = self._path(key)
        return path.exists() or path.with_name(f"{path.name}.absent").exists()

    def build(self) -> Answer:
        """Build and write the result. An answer with a failure has no installer."""
        try:
            answer = self._built()
        except (BadArchive, BadIntents) as error:
            answer = Answer(failure=str(error))
        title = f"Build of SOCA {self._request.release} for {self._request.folder}"
        (self._folder / "report.html").write_text(page(title, answer.items, answer.failure))
        (self._folder / "answer.json").write_text(answer_to_json(answer))
        return answer

    def _built(self) -> Answer:
        request = self._request
        site = self._site()
        vendor = Release(request.release, vendor_tree(self._archive(request.vendor_key)))
        base, others = None, {}
        for key in self._further(site):
            is_base = site.base is not None and key == vendor_key(site.base.release)
            if not is_base and not self._path(key).exists():
                continue
            release = Release(_release_of(key), vendor_tree(self._archive(key)))
            if is_base:
                base = release
            else:
                others[release.name] = release.tree
        if site.base and site.base.release == request.release:
            base = vendor
        made = build(Sources(vendor, site, base, others), request.settings)
        sys.stdout.writelines(f"{line}\n" for line in table(made.items, everything=True))
        archives = tuple(self._used(site))
        if blocked(made.items):
            return Answer(made.items, archives=archives, failure=refusal(made.items))
        objects = payload(made.tree, request.bucket, request.folder)
        for name, data in objects.items():
            path = self._folder / "installer" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return Answer(made.items, sha256_of(objects), archives)

    def _site(self) -> SiteParts:
        key = self._request.site_key
        return site_parts(self._archive(key, tidy=True)) if key else SiteParts()

    def _further(self, site: SiteParts) -> Iterator[str]:
        """Yield the keys of the releases that a merge needs beside the one to build."""
        if not site.whole_files or not site.base:
            return
        base = vendor_key(site.base.release)
        for key in dict.fromkeys((base, *self._request.others)):
            if key != self._request.vendor_key:
                yield key

    def _archive(self, key: str, *, tidy: bool = False) -> Archive:
        try:
            packed = self._path(key).read_bytes()
        except FileNotFoundError:
            raise BadArchive(
                f"{key} cannot be read in the evidence bucket: upload it there"
            ) from None
        archive = read_archive(packed, key, tidy=tidy)
        pins = {self._request.sha256.get(key, ""), self._pin(key)} - {""}
        for wanted in pins - {archive.sha256}:
            raise BadArchive(
                f"{key} has sha256 {archive.sha256}, but this run may build only {wanted}."
                " Somebody replaced it. Upload the right one, or pin the new one in the"
                " configuration or in the file base"
            )
        return archive

    def _pin(self, key: str) -> str:
        """Return the sha256 that the site's file base gives for its release, or nothing."""
        if key == self._request.site_key:
            return ""
        base = self._site().base
        return base.sha256 if base and key == vendor_key(base.release) else ""

    def _used(self, site: SiteParts) -> Iterator[UsedArchive]:
        """Yield the base's archive; the plan has those of the others."""
        if site.whole_files and site.base and site.base.release != self._request.release:
            key = vendor_key(site.base.release)
            yield UsedArchive(key, self._archive(key).sha256, pinned=bool(site.base.sha256))

    def _path(self, key: str) -> Path:
        return self._folder / "archives" / key


def _release_of(key: str) -> str:
    return key.removeprefix("vendor/").removesuffix(".tar.gz")


def main(arguments: list[str]) -> None:
    """Run one of the two commands."""
    command, folder, facts = arguments
    job = Job(Path(folder), json.loads(facts))
    if command == "missing":
        sys.stdout.writelines(f"{key}\n" for key in job.missing())
    else:
        failure = job.build().failure
        sys.stdout.write(f"Not built: {failure}\n" if failure else "Built\n")


if __name__ == "__main__":
    main(sys.argv[1:])
