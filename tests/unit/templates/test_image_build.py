"""What builds an image leaves in it what releases need, and nothing of itself."""

import io
import tarfile
from pathlib import Path

import pytest

from tests.support.component_runner import Machine

HOST = "ip-10-0-0-1"
LEFTOVERS = {
    "etc/hostname": f"{HOST}\n",
    "etc/ssh/ssh_host_rsa_key": "private",
    "root/.ssh/authorized_keys": "ssh-rsa AAAA",
    "root/.bash_history": "history",
    "home/ec2-user/.ssh/authorized_keys": "ssh-rsa AAAA",
    "home/ec2-user/.bash_history": "history",
    "var/lib/cloud/instances/i-0a1b/user-data.txt": "user data",
    "var/lib/cloud/data/instance-id": "i-0a1b",
    "var/lib/dhclient/dhclient.leases": "lease",
    "var/lib/NetworkManager/internal.lease": "lease",
    "var/lib/sss/db/cache_default.ldb": "cache",
    "var/lib/systemd/random-seed": "seed",
    "var/log/journal/0a1b/system.journal": "journal",
    "var/spool/pbs/datastore/base": "database",
    "var/spool/pbs/pbs_version": "20.0.1",
    "var/spool/pbs/server_logs/20260101": f"started on {HOST}",
    "var/spool/pbs/server_priv/accounting/20260101": f"job on {HOST}",
    "var/spool/pbs/mom_priv/jobs/1.JB": f"job on {HOST}",
    "var/tmp/changeover/openpbs.tar.gz": "source",
}
KEPT = {
    "var/log/messages": f"{HOST} kernel: Linux version\n",
    "var/log/audit/audit.log": f"node={HOST}\n",
    "etc/machine-id": "0a1b2c3d\n",
    "var/spool/pbs/mom_priv/config": f"$clienthost {HOST}\n",
}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def used(folder: Path) -> Machine:
    """A machine that has built an image and has even run the scheduler."""
    machine = Machine(folder)
    for path, text in {**LEFTOVERS, **KEPT}.items():
        machine.put(path, text)
    machine.put("etc/ssh/ssh_host_rsa_key.pub", "public")
    machine.put("etc/pbs.conf", f"PBS_SERVER={HOST}\nPBS_EXEC=/opt/pbs\n")
    machine.put(
        "etc/hosts", f"127.0.0.1 localhost\n10.0.0.1 {HOST}.internal {HOST}\n10.0.0.7 nfs\n"
    )
    return machine


def files(machine: Machine) -> dict[str, str]:
    found = (path for path in machine.root.rglob("*") if path.is_file())
    return {str(path.relative_to(machine.root)): path.read_text() for path in found}


@pytest.mark.parametrize("runs", [1, 2])
def test_nothing_of_the_builder_stays_however_often_it_is_cleaned(
    tmp_path: Path, runs: int
) -> None:
    machine = used(tmp_path)
    for _ in range(runs):
        assert machine.run("Clean") == ""
    left = files(machine)
    assert not left.keys() & LEFTOVERS.keys()
    assert {left[path] for path in KEPT} == {""}
    assert left["etc/hosts"] == "127.0.0.1 localhost\n10.0.0.7 nfs\n"
    assert left["etc/pbs.conf"].splitlines() == [
        *("PBS_SERVER=CHANGE_THIS_TO_PBS_SERVER_HOSTNAME", "PBS_EXEC=/opt/pbs"),
    ]
    named = {path for path, text in left.items() if HOST in text}
    assert named == {"etc/changeover/builder"}
    assert machine.called().count("yum clean all") == runs
    assert machine.called().count("systemctl disable --now pbs") == runs


def test_the_folders_that_soca_writes_into_outlive_the_cleaning(tmp_path: Path) -> None:
    machine = used(tmp_path)
    machine.run("Clean")
    for folder in ("server_priv", "mom_priv", "server_logs"):
        assert (machine.root / "var/spool/pbs" / folder).is_dir()


@pytest.mark.parametrize(
    ("path", "text"), [("etc/machine-id", "0a1b2c3d\n"), ("etc/ssh/ssh_host_rsa_key.pub", "public")]
)
def test_an_image_whose_machines_are_all_the_builder_is_refused(
    tmp_path: Path, path: str, text: str
) -> None:
    machine = used(tmp_path)
    for _ in range(2):
        assert machine.run("Clean") == ""
        assert machine.run("ProveNothingIsLeftOver") == ""
    machine.put(path, "new")
    assert machine.run("ProveNothingIsLeftOver") == ""
    machine.put(path, text)
    assert machine.run("ProveNothingIsLeftOver") == f"/{path} is still its builder's\n"


def archive(place: Path, contents: dict[str, str]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(place, "w:gz") as into:
        for name, text in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text.encode()), 0o755
            into.addfile(entry, io.BytesIO(text.encode()))


CONFIGURE = """#!/bin/bash
prefix=${1#--prefix=}
cat >Makefile <<END
all:
\techo built >built
install: all
\tmkdir -p $prefix/bin $prefix/sbin $prefix/libexec
\tcp qstat $prefix/bin/
\tcp pbs_postinstall $prefix/libexec/
\ttouch $prefix/sbin/pbs_iff $prefix/sbin/pbs_rcp
END
"""


def test_the_scheduler_is_built_once_and_left_disabled(machine: Machine) -> None:
    source = {
        "autogen.sh": "#!/bin/sh\n",
        "configure": CONFIGURE,
        "qstat": "#!/bin/sh\necho pbs_version = 20.0.1\n",
        "pbs_postinstall": f'#!/bin/sh\necho once >>"{machine.root}/installed"\n',
    }
    place = machine.root / "var/tmp/changeover/openpbs.tar.gz"
    archive(place, {f"openpbs-20.0.1/{name}": text for name, text in source.items()})
    for _ in range(2):
        assert machine.run("BuildPbs") == ""
    assert (machine.root / "installed").read_text() == "once\n"
    for program in ("pbs_iff", "pbs_rcp"):
        assert (machine.root / "opt/pbs/sbin" / program).stat().st_mode & 0o7777 == 0o4755
    assert machine.called() == ["systemctl disable pbs"] * 2


def test_a_source_that_does_not_build_ends_the_build(machine: Machine) -> None:
    place = machine.root / "var/tmp/changeover/openpbs.tar.gz"
    archive(place, {"openpbs-20.0.1/autogen.sh": "#!/bin/sh\nexit 7\n"})
    assert machine.run("BuildPbs") == "status 7"
    assert not machine.called()


@pytest.mark.parametrize(
    ("system", "update", "install"),
    [
        ("2", "yum -y update", "yum -y install "),
        ("2023", "dnf -y upgrade --releasever=latest", "dnf -y install --setopt=strict=0 "),
    ],
)
def test_each_distribution_is_updated_and_filled_its_own_way(
    tmp_path: Path, system: str, update: str, install: str
) -> None:
    machine = Machine(tmp_path, system)
    assert machine.run("Update") == machine.run("InstallPackages") == ""
    updated, installed = machine.called()
    assert updated == update
    assert installed.startswith(install)
    names = installed.removeprefix(install).split()
    assert {"openldap-servers", "sssd", "nfs-utils", "postgresql-server", "gcc-c++"} <= {*names}
    assert len(set(names)) == len(names)


def test_the_agent_that_the_workflow_speaks_to_is_enabled(machine: Machine) -> None:
    assert machine.run("InstallAgents") == ""
    assert machine.called()[-1] == "systemctl enable amazon-ssm-agent"


PACKAGES = [
    "nice-dcv-server-1.rpm",
    "nice-xdcv-1.rpm",
    "nice-dcv-gl-1.rpm",
    "nice-dcv-gltest-1.rpm",
]
GPU = "echo 00:1e.0 0302: 10de:1eb8"


def with_dcv(machine: Machine, answer: str) -> Machine:
    place = machine.root / "var/tmp/changeover/dcv.tgz"
    archive(place, {f"nice-dcv-1/{name}": "" for name in PACKAGES})
    machine.command("rpm", f'[[ $1 != --checksig ]] || echo "$2: {answer}"')
    return machine


@pytest.mark.parametrize("answer", ["rsa sha1 (md5) pgp md5 OK", "digests signatures OK"])
@pytest.mark.parametrize(("found", "count"), [("", 2), (GPU, 3)])
def test_dcv_is_installed_with_what_the_machine_can_use(
    machine: Machine, answer: str, found: str, count: int
) -> None:
    machine.command("lspci", found)
    for _ in range(2):
        assert with_dcv(machine, answer).run("InstallDcv") == ""
    installed = [call for call in machine.called() if call.startswith("yum -y install")]
    wanted = " ".join(f"./dcv/{name}" for name in PACKAGES[:count])
    assert installed == [f"yum -y install {wanted}"] * 2
    assert "systemctl disable dcvserver" in machine.called()
    assert "systemctl disable --now firewalld" in machine.called()


@pytest.mark.parametrize("answer", ["sha1 md5 OK", "digests OK", "digests SIGNATURES NOT OK"])
def test_a_package_that_dcv_did_not_sign_is_not_installed(machine: Machine, answer: str) -> None:
    said = with_dcv(machine, answer).run("InstallDcv")
    assert said == "nice-dcv-server-1.rpm is not signed by DCV's key\n"
    assert not [call for call in machine.called() if call.startswith("yum")]


@pytest.mark.parametrize(
    ("system", "kernel", "newer"),
    [("2", "4.14.355-280", True), ("2", "5.10.240-238", False), ("2023", "6.1.148-173", False)],
)
def test_a_kernel_that_is_too_old_for_a_driver_makes_room_for_a_newer_one(
    tmp_path: Path, system: str, kernel: str, newer: bool
) -> None:
    machine = Machine(tmp_path, system)
    machine.command("uname", f"echo {kernel}")
    assert machine.run("InstallDesktop") == ""
    assert ("amazon-linux-extras install -y kernel-5.10" in machine.called()) == newer


@pytest.mark.parametrize(("system", "compiler"), [("2", "gcc10-cc"), ("2023", "")])
def test_a_driver_is_built_with_the_kernel_s_own_compiler_where_there_is_a_gpu(
    tmp_path: Path, system: str, compiler: str
) -> None:
    machine = with_driver(Machine(tmp_path, system))
    machine.command("lspci", GPU)
    assert machine.run("InstallDriver") == ""
    assert (machine.root / "driver").read_text() == f"{compiler} --silent --no-x-check\n"
    assert "yum -y install kernel-devel-5.10.0" in machine.called()
    assert ("yum -y install gcc10" in machine.called()) == bool(compiler)


@pytest.mark.parametrize(
    ("type_", "off"), [("g4dn.xlarge", True), ("g5g.xlarge", True), ("g6.xlarge", False)]
)
def test_the_gpu_s_own_firmware_is_off_where_ec2_wants_it_off(
    machine: Machine, type_: str, off: bool
) -> None:
    with_driver(machine, type_).command("lspci", GPU)
    assert machine.run("InstallDriver") == ""
    options = machine.root / "etc/modprobe.d/changeover-nvidia.conf"
    assert options.exists() == off
    assert not off or options.read_text() == "options nvidia NVreg_EnableGpuFirmware=0\n"


@pytest.mark.parametrize("knows", [True, False])
def test_the_proprietary_module_is_asked_for_where_the_installer_has_both(
    machine: Machine, knows: bool
) -> None:
    with_driver(machine, knows=knows).command("lspci", GPU)
    assert machine.run("InstallDriver") == ""
    asked = "--kernel-module-type=proprietary" in (machine.root / "driver").read_text()
    assert asked == knows


@pytest.mark.parametrize("installers", [0, 2])
def test_not_exactly_one_installer_of_the_driver_ends_the_build(
    machine: Machine, installers: int
) -> None:
    with_driver(machine).command("lspci", GPU)
    drivers = machine.root / "var/tmp/changeover/drivers"
    (drivers / "NVIDIA-Linux-x86_64-1.run").unlink()
    for number in range(installers):
        machine.put(f"var/tmp/changeover/drivers/NVIDIA-Linux-x86_64-{number}.run", "exit 0")
    assert "must have one installer for x86_64, and has:" in machine.run("InstallDriver")
    assert not (machine.root / "etc/modprobe.d/changeover-nvidia.conf").exists()


def test_without_a_gpu_no_driver_is_built(machine: Machine) -> None:
    assert with_driver(machine).run("InstallDriver") == ""
    assert not (machine.root / "driver").exists()
    assert machine.called() == ["lspci -n -d 10de:"]


def with_driver(machine: Machine, type_: str = "g4dn.xlarge", *, knows: bool = False) -> Machine:
    machine.put("sys/devices/virtual/dmi/id/product_name", f"{type_}\n")
    machine.command("uname", "[[ $1 = -m ]] && echo x86_64 || echo 5.10.0")
    (machine.root / "etc/modprobe.d").mkdir()
    options = "--kernel-module-type" if knows else "--no-x-check"
    driver = f"""[ "$1" = --advanced-options ] && {{ echo {options}; exit; }}
echo "${{CC:-}} $*" >>"{machine.root}/driver" """
    machine.put("var/tmp/changeover/drivers/NVIDIA-Linux-x86_64-1.run", driver)
    machine.put("var/tmp/changeover/drivers/NVIDIA-Linux-aarch64-1.run", "exit 1")
    return machine
