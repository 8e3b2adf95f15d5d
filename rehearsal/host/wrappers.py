"""The tools on a host's PATH: each calls the real tool with the addresses of this host's servers.

SSM documents use localhost, ldapi:/// and port 8443, as on a real host. Here several hosts share
one machine, so that each needs its own address and sockets.
"""

import sys
from pathlib import Path

from rehearsal.host.directory_server import tool
from rehearsal.host.folder import LDAP_PORT, WEB_PORT, HostFolder

_LDAP_TOOLS = ("ldapadd", "ldapdelete", "ldapmodify", "ldapsearch", "ldapwhoami")

_LDAP = """\
for argument in "$@"; do
  shift
  case $argument in
    ldapi:///) argument={ldapi} ;;
    ldap://localhost) argument=ldap://{address}:{ldap_port} ;;
  esac
  set -- "$@" "$argument"
done
exec {tool} "$@"
"""

_CURL = """\
exec {tool} --connect-to localhost:{web_port}:{address}:{web_port} "$@"
"""

# Drops every userPassword and its folded lines.
_SLAPCAT = """\
[ -e {fault} ] || exec {tool} "$@"
{tool} "$@" | awk '/^ / {{ if (kept) print; next }} {{ kept = !/^userPassword:/ }} kept'
"""

# Drops or alters the first user that is not a bootstrap account.
_SLAPADD = """\
if [ -e {drops} ]; then act=drop; elif [ -e {alters} ]; then act=alter; else exec {tool} "$@"; fi
awk -v act=$act 'BEGIN {{ RS = ""; ORS = "\\n\\n" }}
  {{ folded = tolower($0) }}
  !done && folded ~ /\\nobjectclass: posixaccount/ && folded !~ /\\nuidnumber: 5001/ {{
    done = 1
    if (act == "drop") next
    $0 = $0 "\\ndescription: nobody asked for this"
  }}
  {{ print }}' | {tool} "$@"
"""

# The first line of the venv's `aws` breaks at a space in the interpreter's path.
AWS = """\
exec '{python}' -m awscli "$@"
"""

_SYSTEMCTL = """\
state=$({tool} -sS --max-time 90 --unix-socket {init} -X POST "http://init/$1/$2") || exit 1
case "$1 $state" in
  "is-active "*) echo "$state"; [ "$state" = active ] || exit 3 ;;
  "start active" | "stop inactive") ;;
  *) echo "systemctl: cannot $1 $2: $state" >&2; exit 1 ;;
esac
"""

_QSTAT = """\
if [ -e {fault} ]; then
  echo "qstat: cannot connect to server (errno=111)" >&2
  exit 255
fi
case $1 in
  -B) cat << END
Server             Max   Tot   Que   Run   Hld   Wat   Trn   Ext Status
---------------- ----- ----- ----- ----- ----- ----- ----- ----- -----------
scheduler            0     0     0     0     0     0     0     0 Active
END
  ;;
  -Q) cat << END
Queue              Max   Tot Ena Str   Que   Run   Hld   Wat   Trn   Ext Type
---------------- ----- ----- --- --- ----- ----- ----- ----- ----- ----- ----
low                  0     0 yes yes     0     0     0     0     0     0 Exec
normal               0     0 yes yes     0     0     0     0     0     0 Exec
high                 0     0 yes yes     0     0     0     0     0     0 Exec
desktop              0     0 yes yes     0     0     0     0     0     0 Exec
test                 0     0 yes yes     0     0     0     0     0     0 Exec
alwayson             0     0 yes yes     0     0     0     0     0     0 Exec
END
  ;;
esac
"""


def write_wrappers(host: HostFolder, address: str) -> None:
    ports = {"address": address, "ldap_port": LDAP_PORT, "web_port": WEB_PORT}
    scripts = {
        "aws": AWS.format(python=sys.executable),
        "curl": _CURL.format(tool=tool("curl"), **ports),
        "qstat": _QSTAT.format(fault=host.fault("scheduler-down")),
        "slapadd": _SLAPADD.format(
            tool=tool("slapadd"),
            drops=host.fault("import-drops-entry"),
            alters=host.fault("import-alters-entry"),
        ),
        "slapcat": _SLAPCAT.format(tool=tool("slapcat"), fault=host.fault("export-without-hashes")),
        "systemctl": _SYSTEMCTL.format(tool=tool("curl"), init=host.init_socket),
    } | {name: _LDAP.format(tool=tool(name), ldapi=host.ldapi, **ports) for name in _LDAP_TOOLS}
    for name, script in scripts.items():
        write_script(host.tools / name, script)


def write_script(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}")
    path.chmod(0o755)
