"""Snapshots by number of users in build/bench, made again when their recipe changes."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from bench import ROOT
from bench.contest.rounds import progress
from bench.snapshots.making import make

_SHELF = ROOT / "build/bench"
_RECIPE = (
    "bench/snapshots/changes.py",
    "bench/snapshots/making.py",
    "rehearsal/host/directory_server.py",
    "rehearsal/actors/sample_directory.py",
    "rehearsal/actors/passwords.py",
    "rehearsal/actors/soca_entries.py",
)


@dataclass(frozen=True, slots=True)
class Snapshots:
    folder: Path

    @property
    def before(self) -> Path:
        return self.folder / "before.ldif"

    @property
    def after(self) -> Path:
        return self.folder / "after.ldif"

    @property
    def gzipped(self) -> tuple[Path, Path]:
        """The snapshots before and after the changes."""
        return self.folder / "before.ldif.gz", self.folder / "after.ldif.gz"


def snapshots_of(users: int, shelf: Path = _SHELF) -> Snapshots:
    kept = Snapshots(shelf / f"{users}-{_recipe()}")
    if not kept.folder.exists():
        progress(f"making a directory of {users:,} users, once")
        for old in shelf.glob(f"{users}-*"):
            shutil.rmtree(old)
        draft = Snapshots(shelf / f"{users}-draft")
        draft.folder.mkdir(parents=True)
        make(users, draft.before, draft.after)
        draft.folder.rename(kept.folder)
    return kept


def _recipe() -> str:
    texts = b"".join((ROOT / path).read_bytes() for path in _RECIPE)
    return hashlib.sha256(texts).hexdigest()[:12]
