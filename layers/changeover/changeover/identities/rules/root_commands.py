"""Commands that lead to a shell: a user who may run one as root can do anything."""

import re
from collections.abc import Iterable

_NEGATED = b"!"
# Shells, and programs that open one, run other programs, or show text in a pager.
_ALWAYS = frozenset(
    b"""
    sh bash dash zsh ksh mksh csh tcsh fish rbash busybox su sudo doas pkexec run0 runuser visudo
    sudoedit vi vim view vimdiff rvim nvim nano pico rnano emacs emacsclient ed ex joe jed mcedit
    micro less more most man pg python python2 python3 perl ruby lua node php irb tclsh wish expect
    gdb strace ltrace script screen tmux docker podman nerdctl ctr lxc nsenter chroot unshare
    systemd-run capsh setpriv env nohup nice ionice timeout time stdbuf xargs watch flock setarch
    start-stop-daemon ssh-agent at batch crontab usermod useradd gpasswd passwd chpasswd vipw vigr
    insmod modprobe kexec debugfs ldapmodify ldapadd slapadd
    """.split()
)
# Harmless with fixed arguments. With free arguments they can write or run anything.
_FREE = frozenset(
    b"""
    awk gawk mawk nawk sed find cp mv ln install dd tee cat head tail base64 xxd od tar zip unzip
    cpio rsync scp sftp ssh curl wget nc ncat socat openssl git svn hg make gcc cc ld ar cmake yum
    dnf rpm apt apt-get dpkg pip pip3 npm gem cpan snap systemctl service journalctl loginctl
    mount umount chmod chown chgrp chattr setfacl touch truncate patch diff sort split csplit
    rm rmdir mkdir shred nmap tcpdump tshark ip iptables nft ifconfig mysql psql sqlite3 redis-cli
    ftp telnet aws kubectl ansible ansible-playbook puppet salt-call chef-client qmgr pbs_mkdirs
    scontrol sacctmgr slapcat ldapsearch cut grep logrotate cpulimit run-parts ldconfig
    """.split()
)
# Directories in which users can replace the intended program.
_WRITABLE = re.compile(rb"/(?:data|home|tmp|var/tmp|dev/shm|scratch|fsx|mnt|efs|lustre)/")
# Arguments that set the setuid bit, or that name a file that controls access to root.
_SET_UID = re.compile(rb"(?:^|\s)(?:[ugoa]*\+[rwxXt]*s|0?[2467][0-7]{3})\s")
_OF_ROOT = re.compile(
    rb"\s/etc/(?:sudoers|passwd|shadow|group|gshadow|crontab|cron\.|ld\.so|pam\.d|ssh/|profile)|^edit\s"
)
# Digests, of which one or several may come before a command.
_DIGESTS = re.compile(rb"(?:sha(?:224|256|384|512):[^\s,]++(?:\s*+,\s*+|\s++))*+", re.IGNORECASE)
_FREES = re.compile(
    rb"(?:setenv|!\s*env_reset|!\s*secure_path|(?:env_keep|env_check|env_file|secure_path|editor|askpass"
    rb"|restricted_env_file)\s*\+?=.*)",
    re.IGNORECASE | re.DOTALL,
)
_PATTERN = re.compile(rb"[*?\[^]")


def to_root(commands: Iterable[bytes]) -> list[bytes]:
    """Return the commands that lead to a root shell.

    Excluded commands (`!`) do not reduce the risk: a user can run a copy of the program.
    """
    return [each for each in commands if _leads_to_root(each)]


def freed_by(options: Iterable[bytes], commands: Iterable[bytes]) -> list[bytes]:
    """Return the options with which any command leads to root.

    Such a command uses the caller's environment or programs. Source: sudoers(5), SETENV, env_keep,
    secure_path and editor.
    """
    if all(each.strip().startswith(_NEGATED) for each in commands):
        return []
    return [each for each in options if _FREES.fullmatch(each.strip())]


def _leads_to_root(command: bytes) -> bool:
    command = _without_digests(command.strip())
    if command.startswith(_NEGATED):
        return False
    path, _, arguments = command.partition(b" ")
    name = path.rpartition(b"/")[2]
    if _SET_UID.search(arguments) or _OF_ROOT.search(arguments):
        return True
    free = not arguments.strip() or bool(_PATTERN.search(arguments))
    return (
        path in (b"ALL", b"sudoedit")
        or not name  # a directory: every program in it
        or bool(_PATTERN.search(path) or _WRITABLE.match(path))
        or _plain(name) in _ALWAYS
        or (_plain(name) in _FREE and free and arguments.strip() != b'""')
    )


def _plain(name: bytes) -> bytes:
    """Remove a version or variant from a program's name: `python3.9`, `vim.basic`."""
    stem = re.sub(rb"[-.]?[0-9][0-9.]*$", b"", name)
    return stem if stem in _ALWAYS else name.partition(b".")[0]


def _without_digests(command: bytes) -> bytes:
    found = _DIGESTS.match(command)
    return command[found.end() :] if found else command
