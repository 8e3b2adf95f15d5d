"""Ends a document, or lets it fail, at one of the commands that it calls, counted from one."""

import gzip
import hashlib
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from rehearsal.host.folder import HostFolder

# How a document ends that is told to: before it has its lock, and from then on.
ENDED = (-signal.SIGTERM, 128 + signal.SIGTERM)

_CALLED = (
    *("awk", "aws", "chmod", "chown", "curl", "cut", "flock", "gzip", "head", "ldapmodify"),
    *("ldapsearch", "ldapwhoami", "mkdir", "mktemp", "mv", "qstat", "rm", "sed", "sha256sum"),
    *("slapadd", "slapcat", "systemctl", "timeout", "tr", "wc"),
)

# Commands of a pipeline run at once, hence the lock. The group is the whole document.
_SABOTAGED = """\
#!/bin/sh
exec 8> {root}/calls.lock
/usr/bin/flock 8
call=$(($(/bin/cat {root}/calls) + 1))
echo $call > {root}/calls
exec 8>&-
if [ $call -eq "$(/bin/cat {root}/at)" ]; then
  read -r _ _ _ _ group _ < /proc/$$/stat
  {act}
fi
exec {tool} "$@"
"""
_KILL = "kill -9 -$group; sleep 10"
_END = "kill -TERM -$group"  # it goes on where the document ignores that
_FAIL = "exit 1"


class Sabotage:
    """The tools of one host, wrapped. cat stands in for the AWS CLI, which is slow to start."""

    def __init__(self, host: HostFolder) -> None:
        self._root = host.root
        self._tools = host.tools
        self._own = host.root / "own-tools"
        host.tools.rename(self._own)
        (self._own / "aws").write_text(f"#!/bin/sh\nexec /bin/cat {self._root}/offer\n")
        (self._own / "aws").chmod(0o755)
        shutil.copytree(self._own, self._tools)

    def offer(self, tree: bytes) -> dict[str, str]:
        """Put a tree where the stand-in of the AWS CLI finds it."""
        (self._root / "offer").write_bytes(gzip.compress(tree))
        return {"Source": "s3://evidence/offer", "Sha256": hashlib.sha256(tree).hexdigest()}

    def offer_secret(self, text: str) -> dict[str, str]:
        (self._root / "offer").write_text(text)
        return {"SecretId": "offer"}

    def count(self, work: Callable[[], None]) -> int:
        """How many commands the work calls."""
        with self._at(0, _FAIL):
            work()
            return int((self._root / "calls").read_text())

    def killing(self, step: int) -> AbstractContextManager[None]:
        return self._at(step, _KILL)

    def ending(self, step: int) -> AbstractContextManager[None]:
        return self._at(step, _END)

    def failing(self, step: int) -> AbstractContextManager[None]:
        return self._at(step, _FAIL)

    @contextmanager
    def _at(self, step: int, act: str) -> Iterator[None]:
        (self._root / "calls").write_text("0\n")
        (self._root / "at").write_text(f"{step}\n")
        for name in _CALLED:
            own = self._own / name
            tool = own if own.exists() else shutil.which(name, path="/usr/bin:/bin:/usr/sbin")
            self._write(name, _SABOTAGED.format(root=self._root, act=act, tool=tool))
        try:
            yield
        finally:
            self._restore()

    def killing_slapadd_after(self, size: int) -> AbstractContextManager[None]:
        """Let it write what it makes of so many bytes, and no more."""
        return self._killing_at("slapadd", f'head -c {size} | {self._own}/slapadd "$@"')

    def killing_aws(self) -> AbstractContextManager[None]:
        return self._killing_at("aws", ":")

    @contextmanager
    def _killing_at(self, name: str, before: str) -> Iterator[None]:
        stat = "read -r _ _ _ _ group _ < /proc/$$/stat"
        self._write(name, f"#!/bin/sh\n{before}\n{stat}\n{_KILL}\n")
        try:
            yield
        finally:
            self._restore()

    def _write(self, name: str, text: str) -> None:
        path: Path = self._tools / name
        path.write_text(text)
        path.chmod(0o755)

    def _restore(self) -> None:
        shutil.rmtree(self._tools)
        shutil.copytree(self._own, self._tools)
