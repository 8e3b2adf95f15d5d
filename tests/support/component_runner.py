"""A scratch root in which the shell steps of components run, with stand-ins for what they call."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.components import PLACEHOLDER, scripts

VALUES = {
    "PbsVersion": "20.0.1",
    "PbsUrl": "https://pbs.example/source.tar.gz",
    "PbsSha256": "0" * 64,
    "DcvUrl": "https://dcv.example/dcv.tgz",
    "DcvKeyUrl": "https://dcv.example/key",
    "Recipe": "desktop",
}


class Machine:
    """A scratch root with its own commands in front of the real ones."""

    def __init__(self, folder: Path, system: str = "2") -> None:
        self.root = folder / "root"
        self.calls = folder / "calls"
        self._bin = folder / "bin"
        self._bin.mkdir()
        self.put("etc/os-release", f'ID=amzn\nVERSION_ID="{system}"\n')
        self.command("hostname", "echo ip-10-0-0-1")
        for name in ("systemctl", "yum", "dnf", "rpm", "lspci", "modprobe", "amazon-linux-extras"):
            self.command(name, "")

    def put(self, path: str, text: str = "", mode: int = 0o644) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)

    def command(self, name: str, body: str) -> None:
        """A command that notes how it was called and then does `body`."""
        place = self._bin / name
        place.write_text(f'#!/bin/bash\necho "{name} $*" >>"{self.calls}"\n{body}\n')
        place.chmod(0o755)

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []

    def run(self, step: str, values: Mapping[str, str] = VALUES) -> str:
        """Run a step as Image Builder would; what it says if it fails, nothing if it does not."""
        text = PLACEHOLDER.sub(lambda match: values[match[1]], scripts()[step])
        done = subprocess.run(
            ["bash", "-c", text],
            env={"PATH": f"{self._bin}:{os.defpath}", "ROOT": str(self.root)},
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if done.returncode == 0:
            return ""
        return done.stderr or f"status {done.returncode}"
