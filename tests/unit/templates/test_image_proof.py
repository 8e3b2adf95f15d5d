"""An image is refused unless a machine started from it is what a release needs."""

from pathlib import Path

import pytest

from tests.support.component_runner import VALUES, Machine

PLACEHOLDER_SERVER = "PBS_SERVER=CHANGE_THIS_TO_PBS_SERVER_HOSTNAME\n"
SERVICES = """
case $* in
  "is-enabled pbs") echo disabled; exit 1 ;;
  *is-active\\ amazon-ssm-agent | *is-enabled\\ amazon-ssm-agent) exit 0 ;;
  *) exit 3 ;;
esac
"""
METADATA = """
case $* in
  *api/token) echo token ;;
  *ami-id) echo ami-0a1b ;;
  *placement/region) echo eu-central-1 ;;
esac
"""
DESCRIBED = "echo 'Response body: <item><imageId>ami-0a1b</imageId>{}</item>' >&2"
PROOFS = (
    "ProveScheduler",
    "ProveNothingIsLeftOver",
    "ProveAgents",
    "ProveUpdates",
    "ProveMetadata",
    "ProveDesktop",
)


def started(folder: Path, system: str = "2") -> Machine:
    """A machine as it is after its first boot from a good image."""
    machine = Machine(folder, system)
    machine.put("opt/pbs/bin/qstat", "#!/bin/sh\necho pbs_version = 20.0.1\n", 0o755)
    for program in ("usr/sbin/slapd", "usr/sbin/sssd", "opt/aws/bin/cfn-signal"):
        machine.put(program, mode=0o755)
    agent = "opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl"
    machine.put(agent, mode=0o755)
    machine.put("etc/pbs.conf", f"PBS_EXEC=/opt/pbs\n{PLACEHOLDER_SERVER}")
    machine.put("etc/hosts", "127.0.0.1 localhost\n")
    machine.put("etc/machine-id", "new\n")
    machine.put("etc/changeover/builder", "ip-10-0-0-9\n")
    machine.put("etc/changeover/builder.sha256", f"{'0' * 64}  etc/machine-id\n")
    machine.put("var/spool/pbs/mom_priv/config")
    machine.put("var/spool/pbs/server_priv/resourcedef")
    machine.command("systemctl", SERVICES)
    machine.command("curl", METADATA)
    machine.command("aws", DESCRIBED.format(""))
    return machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return started(tmp_path)


@pytest.mark.parametrize("proof", PROOFS)
def test_a_good_image_passes(machine: Machine, proof: str) -> None:
    assert machine.run(proof) == ""


@pytest.mark.parametrize("state", ["enabled", "static", "masked"])
def test_an_image_that_would_start_the_scheduler_by_itself_is_refused(
    machine: Machine, state: str
) -> None:
    machine.command("systemctl", SERVICES.replace("echo disabled", f"echo {state}"))
    assert f"OpenPBS is {state}, not disabled" in machine.run("ProveScheduler")


def test_an_image_in_which_the_scheduler_runs_is_refused(machine: Machine) -> None:
    running = SERVICES.replace("  *) exit 3", "  *is-active\\ pbs) exit 0 ;;\n  *) exit 3")
    machine.command("systemctl", running)
    assert machine.run("ProveScheduler") == "OpenPBS runs\n"


def test_an_image_with_another_scheduler_is_refused(machine: Machine) -> None:
    refusal = machine.run("ProveScheduler", {**VALUES, "PbsVersion": "23.6.6"})
    assert "OpenPBS is 20.0.1, not 23.6.6" in refusal


@pytest.mark.parametrize("program", ["usr/sbin/slapd", "usr/sbin/sssd", "opt/pbs/bin/qstat"])
def test_an_image_without_what_a_scheduler_runs_is_refused(machine: Machine, program: str) -> None:
    (machine.root / program).unlink()
    assert "missing" in machine.run("ProveScheduler")


def test_an_image_without_the_folders_that_soca_writes_into_is_refused(machine: Machine) -> None:
    (machine.root / "var/spool/pbs/server_priv").rename(machine.root / "elsewhere")
    assert "server_priv is missing" in machine.run("ProveScheduler")


def test_a_release_for_2023_keeps_no_directory_of_its_own(tmp_path: Path) -> None:
    machine = started(tmp_path, "2023")
    (machine.root / "usr/sbin/slapd").unlink()
    assert machine.run("ProveScheduler") == ""


@pytest.mark.parametrize("path", ["etc/hosts", "etc/pbs.conf", "var/spool/pbs/mom_priv/config"])
def test_an_image_that_keeps_its_builders_host_name_is_refused(machine: Machine, path: str) -> None:
    machine.put(path, f"{PLACEHOLDER_SERVER}$clienthost ip-10-0-0-9\n")
    assert machine.run("ProveNothingIsLeftOver") == f"Its builder's host name is in {path}\n"


def test_a_host_whose_name_begins_like_its_builders_is_another_host(machine: Machine) -> None:
    machine.put("etc/hosts", "10.0.0.99 ip-10-0-0-99\n")
    assert machine.run("ProveNothingIsLeftOver") == ""


def test_an_image_that_nobody_cleaned_is_refused(machine: Machine) -> None:
    (machine.root / "etc/changeover/builder").unlink()
    assert "The image was not cleaned" in machine.run("ProveNothingIsLeftOver")


@pytest.mark.parametrize(
    "path",
    [
        "var/spool/pbs/datastore",
        "var/spool/pbs/pbs_version",
        "var/tmp/changeover/openpbs.tar.gz",
        "root/.ssh/authorized_keys",
        "home/ec2-user/.bash_history",
    ],
)
def test_an_image_with_leftovers_is_refused(machine: Machine, path: str) -> None:
    machine.put(path, "something")
    assert "is left over" in machine.run("ProveNothingIsLeftOver")


def test_an_image_whose_scheduler_has_a_server_is_refused(machine: Machine) -> None:
    machine.put("etc/pbs.conf", "PBS_SERVER=ip-10-0-0-7\n")
    assert "/etc/pbs.conf names a server" in machine.run("ProveNothingIsLeftOver")


@pytest.mark.parametrize("program", ["bin/cfn-signal", "amazon-cloudwatch-agent/bin"])
def test_an_image_without_agents_is_refused(machine: Machine, program: str) -> None:
    (machine.root / "opt/aws" / program).rename(machine.root / "elsewhere")
    assert "is missing" in machine.run("ProveAgents")


def test_an_image_whose_agent_does_not_run_is_refused(machine: Machine) -> None:
    machine.command("systemctl", "exit 3")
    assert machine.run("ProveAgents") == "The SSM agent does not run\n"


@pytest.mark.parametrize("unit", ["firewalld", "libvirtd"])
def test_an_image_that_keeps_nodes_from_their_scheduler_is_refused(
    machine: Machine, unit: str
) -> None:
    machine.command("systemctl", f"[[ $* == *{unit} || $* == *amazon-ssm-agent ]]")
    assert f"{unit} runs" in machine.run("ProveAgents")


@pytest.mark.parametrize(("status", "reason"), [(100, "are pending"), (1, "cannot be told")])
@pytest.mark.parametrize(("system", "tool"), [("2", "yum"), ("2023", "dnf")])
def test_an_image_with_updates_pending_or_unknown_is_refused(
    tmp_path: Path, system: str, tool: str, status: int, reason: str
) -> None:
    machine = started(tmp_path, system)
    machine.command(tool, f"exit {status}")
    assert reason in machine.run("ProveUpdates")


def test_an_image_that_demands_tokens_is_refused_where_soca_sends_none(tmp_path: Path) -> None:
    for system, refusal in (("2", "demands tokens"), ("2023", "")):
        (tmp_path / system).mkdir()
        machine = started(tmp_path / system, system)
        machine.command("aws", DESCRIBED.format("<imdsSupport>v2.0</imdsSupport>"))
        said = machine.run("ProveMetadata")
        assert refusal in said
        assert bool(said) == bool(refusal)


@pytest.mark.parametrize("answer", ["exit 255", DESCRIBED.replace("0a1b", "9z")])
def test_an_image_that_ec2_does_not_describe_is_refused(machine: Machine, answer: str) -> None:
    machine.command("aws", answer)
    assert machine.run("ProveMetadata") == "EC2 does not describe ami-0a1b\n"


@pytest.mark.parametrize("package", ["nice-dcv-server", "nice-xdcv"])
def test_a_desktop_without_dcv_is_refused(machine: Machine, package: str) -> None:
    machine.command("rpm", f"[[ $* != *{package} ]]")
    assert machine.run("ProveDesktop") == f"{package} is not installed\n"
    assert machine.run("ProveDesktop", {**VALUES, "Recipe": "scheduler"}) == ""


def test_a_desktop_whose_gpu_has_no_driver_is_refused(machine: Machine) -> None:
    machine.command("lspci", "echo 00:1e.0 0302: 10de:1eb8")
    machine.command("nvidia-smi", "exit 9")
    assert machine.run("ProveDesktop") == "The GPU's driver does not work\n"
