"""Stand-in: SOCA's own build script lies here. Changeover packs the same files without it."""
# ruff: noqa: INP001 - a file of a release, no package
