"""Local accounts and groups of hosts. On a host, /etc/passwd and /etc/group override LDAP.

Sources: /etc/passwd and /etc/group of Amazon Linux 2 and 2023, RHEL, CentOS and Rocky 7 to 9 and
Ubuntu 22.04 and 24.04, and the packages that SOCA installs (2.6.1:source/scripts/config.cfg,
26.4.0:source/soca/cluster_node_bootstrap/templates/linux).
"""

from collections.abc import Mapping

_EVERY = "every Linux"
_RED_HAT = "Amazon Linux, RHEL, Rocky"
_UBUNTU = "Ubuntu"
_SOCA = "packages of SOCA"
_IMAGE = "the image's own account"

_ACCOUNTS = {
    _EVERY: """
        root daemon bin sync games mail nobody sshd systemd-network systemd-resolve systemd-timesync
        systemd-coredump systemd-oom systemd-bus-proxy dbus messagebus polkitd tss tcpdump rpc
        rpcuser statd _rpc chrony _chrony ntp avahi avahi-autoipd dnsmasq gdm geoclue colord pulse
        rtkit ec2-instance-connect cwagent unbound saned nm-openvpn
    """,
    _RED_HAT: """
        adm lp shutdown halt operator ftp nfsnobody libstoragemgmt postfix sssd saslauth abrt
        setroubleshoot cockpit-ws cockpit-wsinstance clevis pipewire flatpak usbmuxd qemu radvd
        sanlock gluster unknown dovecot exim squid oprofile pcp pesign pulse-access
        gnome-initial-setup gnome-remote-desktop wsdd insights stapunpriv
    """,
    _UBUNTU: """
        sys man lp news uucp proxy www-data backup list irc gnats _apt syslog landscape uuidd
        pollinate usbmux lxd fwupd-refresh dhcpcd whoopsie speech-dispatcher cups-pk-helper cups
        hplip kernoops cups-browsed _flatpak
    """,
    _SOCA: """
        pbsdata pbsadmin slurm munge postgres ldap openldap nslcd redis nginx apache httpd mysql
        named memcached cups dcv dcvsmagent dcvcm elasticsearch opensearch kibana
    """,
    _IMAGE: "ec2-user centos rocky ubuntu fedora cloud-user almalinux debian admin ssm-user",
}
_GROUPS = {
    _EVERY: """
        sys adm tty disk lp kmem cdrom floppy tape video audio users utmp input kvm render sgx
        systemd-journal docker nogroup netdev plugdev
    """,
    _RED_HAT: """
        wheel mem dialout lock utempter cgred screen slocate ssh_keys postdrop stapusr stapsys
        stapdev printadmin libvirt brlapi mock
    """,
    _UBUNTU: """
        sudo shadow dialout fax voice operator src staff dip sasl crontab ssl-cert ssh _ssh lxd
        rdma libvirt bluetooth scanner lpadmin sambashare plocate mlocate
    """,
}

# System accounts of hosts have lower numbers. Accounts that come with an image start here.
_SYSTEM = 1000
_NOBODY = frozenset((65534, 2**32 - 2))


def _where(*families: Mapping[str, str]) -> dict[bytes, str]:
    return {
        name.encode(): where
        for each in families
        for where, names in each.items()
        for name in names.split()
    }


USERS = _where(_ACCOUNTS)
GROUPS = _where(_ACCOUNTS, _GROUPS)
"""The distributions in which each name is local. Most accounts have a group of the same name."""


def fault_of_name(name: bytes, known: Mapping[bytes, str]) -> str:
    """Return the reason why the name is reserved on hosts, or an empty string."""
    where = known.get(name)
    return f"its name {name.decode()} is a local name on hosts ({where})" if where else ""


def is_systems(number: int) -> bool:
    """Whether hosts use the number for local accounts or groups."""
    return 0 <= number < _SYSTEM or number in _NOBODY


def fault_of_number(attribute: str, number: int) -> str:
    """Return the reason why the number is reserved on hosts, or an empty string."""
    return f"its {attribute} {number} is a system number on hosts" if is_systems(number) else ""
