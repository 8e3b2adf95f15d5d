"""A release as files in memory."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class File:
    """One regular file."""

    data: bytes
    executable: bool = False


Tree = Mapping[str, File]
"""Files by their path below the release's top folder, such as `source/templates/Viewer.template`.

Paths have `/` and neither `.` nor `..`.
"""
