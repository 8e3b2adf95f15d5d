"""Interrupt a document at the nth command that it calls: kill it, end it, or let it fail."""

import gzip
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from rehearsal.host.folder import HostFolder
from tests.integration.documents.copies import copied_to
from tests.integration.scheduler_hosts import source

# Exit codes of a document after SIGTERM: before it has its lock, and afterwards.
ENDED = (-signal.SIGTERM, 128 + signal.SIGTERM)

_CALLED = (
    *("awk", "aws", "cat", "chmod", "chown", "curl", "cut", "df", "du", "flock", "gzip", "head"),
    *("ldapmodify", "ldapsearch", "ldapwhoami", "mkdir", "mkfifo", "mktemp", "mv", "qstat", "rm"),
    *("sed", "sha256sum", "slapadd", "slapcat", "systemctl", "tail", "tee", "timeout", "tr", "wc"),
)

# The lock is for the commands of a pipeline, which run at once. The group is the whole document.
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
_KILL_SCRIPT = "kill -9 $group"  # its child processes go on
_END = "kill -TERM -$group"  # the document goes on if it ignores SIGTERM
_FAIL = "exit 1"
# The host records slapd's process ID, which another process may have by now.
_KILL_SLAPD = """pid=$(/bin/sed -n 's/.*"slapd": \\([0-9]*\\).*/\\1/p' {root}/host.json)
  ! /bin/grep -q {root} /proc/$pid/cmdline 2> /dev/null || kill -9 $pid"""
# Reads the offered object, and stores an upload as a whole, as S3 does.
_AWS = """\
#!/bin/sh
case "$*" in
  *" - s3://"*) /bin/cat > {root}/coming && exec /bin/mv {root}/coming {root}/stored ;;
  *) exec /bin/cat {root}/offer ;;
esac
"""

# The delta is the last argument. Other calls change slapd's configuration.
_SOME_CHANGES = """\
for delta in "$@"; do :; done
[ -f "$delta" ] || exec {own}/ldapmodify "$@"
/bin/cp "$delta" {whole}
/usr/bin/awk -v RS= -v ORS='\\n\\n' 'NR <= {changes}' {whole} > "$delta"
{own}/ldapmodify "$@"
/bin/cp {whole} "$delta"
"""


class Sabotage:
    """The tools of one host, wrapped. A script replaces the AWS CLI, which starts slowly."""

    def __init__(self, host: HostFolder) -> None:
        self._root = host.root
        self._tools = host.tools
        self._own = host.root / "own-tools"
        host.tools.rename(self._own)
        (self._own / "aws").write_text(_AWS.format(root=self._root))
        (self._own / "aws").chmod(0o755)
        shutil.copytree(self._own, self._tools)

    def offer(self, tree: bytes) -> dict[str, str]:
        """Put a tree where the AWS CLI's replacement finds it."""
        (self._root / "offer").write_bytes(gzip.compress(tree))
        return source(tree, "offer") | copied_to()

    def offer_secret(self, text: str) -> dict[str, str]:
        (self._root / "offer").write_text(text)
        return {"SecretId": "offer"}

    @property
    def _stored(self) -> Path:
        return self._root / "stored"

    def stored(self) -> bytes:
        """Return the last upload to the AWS CLI's replacement."""
        return gzip.decompress(self._stored.read_bytes())

    def has_stored(self) -> bool:
        return self._stored.exists()

    def forget(self) -> None:
        self._stored.unlink(missing_ok=True)

    def count(self, work: Callable[[], None]) -> int:
        """Return the number of commands that the work calls."""
        with self._at(0, _FAIL):
            work()
            return int((self._root / "calls").read_text())

    def killing(self, step: int) -> AbstractContextManager[None]:
        return self._at(step, _KILL)

    def killing_script(self, step: int) -> AbstractContextManager[None]:
        return self._at(step, _KILL_SCRIPT)

    def killing_slapd(self, step: int) -> AbstractContextManager[None]:
        return self._at(step, _KILL_SLAPD.format(root=self._root))

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
        """Give slapadd only so many bytes of its input, then kill the document."""
        return self._instead("slapadd", f'head -c {size} | {self._own}/slapadd "$@"\n{_KILL}')

    def killing_only_slapadd_after(self, size: int) -> AbstractContextManager[None]:
        return self._instead("slapadd", f'head -c {size} | {self._own}/slapadd "$@"\nkill -9 $$')

    def breaking_off_after(self, changes: int, victim: str) -> AbstractContextManager[None]:
        """Let ldapmodify make so many changes of a delta, then kill the document or slapd."""
        rest = {
            "document": _KILL,
            "slapd": f'{_KILL_SLAPD.format(root=self._root)}\nexec {self._own}/ldapmodify "$@"',
        }
        act = _SOME_CHANGES.format(own=self._own, whole=self._root / "whole", changes=changes)
        act += rest[victim]
        return self._instead("ldapmodify", act)

    def killing_aws(self) -> AbstractContextManager[None]:
        return self._instead("aws", _KILL)

    @contextmanager
    def _instead(self, name: str, act: str) -> Iterator[None]:
        self._write(name, f"#!/bin/sh\nread -r _ _ _ _ group _ < /proc/$$/stat\n{act}\n")
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
