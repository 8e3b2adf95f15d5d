"""The rehearsal's AWS: moto with what it lacks, in one child process."""

from rehearsal.control_plane.client import ControlPlane

__all__ = ["ControlPlane"]
