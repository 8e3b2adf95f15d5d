"""Rules that hold for every SSM document."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.host.ssm_agent import InvalidParameterError, run_document
from tests.integration.scheduler_hosts import DOCUMENTS, KEY, deployed

NAMES = sorted(path.stem for path in DOCUMENTS.glob("*.yaml"))
LOADED = {name: yaml.safe_load((DOCUMENTS / f"{name}.yaml").read_text()) for name in NAMES}
PARAMETERS = [
    pytest.param(name, parameter, id=f"{name}-{parameter}")
    for name in NAMES
    for parameter in LOADED[name].get("parameters", {})
]
VALID = {
    "Bucket": "evidence",
    "Destination": "releases/hpc-r1/run-1/live.ldif.gz",
    "Source": "releases/hpc-r1/run-1/import.ldif.gz",
    "KmsKeyArn": KEY,
    "Sha256": "0" * 64,
    "Bytes": "1024",
    "RootDn": "cn=admin,dc=soca,dc=local",
    "BaseDn": "dc=soca,dc=local",
    "SecretId": "changeover/hpc/probe",
    "DatabaseDirectory": "/var/lib/ldap",
    "ConfigurationDirectory": "/etc/openldap/slapd.d",
    "PasswordFile": "/root/OpenLdapAdminPassword.txt",
    "PasswordSecret": "/edh/edh-green/UserDirectoryServiceAccount",
    "Run": "image-ami-0123456789abcdef0",
    "ConfigurationFile": "/etc/sssd/sssd.conf",
}


def script(document: str) -> str:
    (step,) = LOADED[document]["mainSteps"]
    assert step["action"] == "aws:runShellScript"
    (text,) = step["inputs"]["runCommand"]
    return str(text)


def tools_of(document: str) -> list[str]:
    (found,) = re.findall(r"^for tool in ((?:[^;]|\\\n)+); do$", script(document), re.MULTILINE)
    return str(found).replace("\\\n", " ").split()


@pytest.mark.parametrize("name", NAMES)
def test_a_document_survives_inclusion_in_a_template(name: str) -> None:
    text = (DOCUMENTS / f"{name}.yaml").read_text()
    events = list(yaml.parse(text))
    assert not [event for event in events if getattr(event, "anchor", None)]
    assert not [event for event in events if getattr(event, "tag", None)]
    assert LOADED[name]["schemaVersion"] == "2.2"


@pytest.mark.parametrize("name", NAMES)
def test_a_document_begins_like_every_other(name: str) -> None:
    assert script(name).startswith("#!/bin/bash\nset -euo pipefail\numask 077\nexec 3>&1 1>&2")


def test_every_document_has_the_time_that_was_agreed() -> None:
    steps = {name: LOADED[name]["mainSteps"][0]["inputs"]["timeoutSeconds"] for name in NAMES}
    assert steps == {
        "apply_delta": "300",
        "export_identities": "300",
        "freeze_directory": "300",
        "import_identities": "600",
        "locate_directory": "60",
        "probe_release": "120",
        "read_marker": "60",
        "thaw_directory": "120",
    }


@pytest.mark.parametrize("name", NAMES)
def test_no_path_of_the_host_is_written_without_its_root(name: str) -> None:
    code = re.sub(r"#.*|'\{\{.*?\}\}'|https?://\S+|ldapi?://\S+|/dev/null", "", script(name))
    paths = re.findall(r"(\S*?)(/(?:etc|var|root|opt|usr|tmp|run)\b)", code)
    assert {before[-len("${CHANGEOVER_ROOT:-}") :] for before, _ in paths} <= {
        "${CHANGEOVER_ROOT:-}"
    }


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_every_parameter_stands_in_single_quotes(name: str, parameter: str) -> None:
    placeholder = "{{ " + parameter + " }}"
    assert script(name).count(placeholder) == script(name).count(f"'{placeholder}'") == 1


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
@settings(max_examples=20)
@given(data=st.data())
def test_no_value_that_fits_can_leave_its_quotes(
    name: str, parameter: str, data: st.DataObject
) -> None:
    pattern = LOADED[name]["parameters"][parameter]["allowedPattern"]
    value = data.draw(st.from_regex(pattern, fullmatch=True))
    assert not set(value) & set("'\"\\`$;&|<>(){}*?!~\n\r\0")


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
@pytest.mark.parametrize(
    "poison", ["'; touch pwned; '", "$(touch pwned)", "`touch pwned`", "\n", "{{ Sha256 }}"]
)
def test_injection_is_refused_before_anything_runs(
    name: str, parameter: str, poison: str, tmp_path: Path
) -> None:
    valid = {each: VALID[each] for each in LOADED[name]["parameters"]}
    assert re.fullmatch(LOADED[name]["parameters"][parameter]["allowedPattern"], VALID[parameter])
    poisoned = valid | {parameter: VALID[parameter] + poison}
    with pytest.raises(InvalidParameterError, match=parameter):
        run_document(deployed(name), poisoned, tmp_path, "http://127.0.0.1:1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_only_what_is_empty_by_default_may_be_empty(name: str, parameter: str) -> None:
    declared = LOADED[name]["parameters"][parameter]
    may_be = re.fullmatch(declared["allowedPattern"], "") is not None
    assert may_be == (declared.get("default") == "")


@pytest.mark.parametrize(
    ("name", "missing"), [(name, missing) for name in NAMES for missing in tools_of(name)]
)
def test_a_missing_tool_is_named_before_anything_is_done(
    name: str, missing: str, tmp_path: Path
) -> None:
    tools, root = tmp_path / "tools", tmp_path / "root"
    tools.mkdir()
    root.mkdir()
    for present in set(tools_of(name)) - {missing}:
        (tools / present).symlink_to("/bin/false")
    done = subprocess.run(
        ["/bin/bash", "-c", script(name)],
        env={"PATH": str(tools), "CHANGEOVER_ROOT": str(root)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{name}: {missing} is missing on this host: install it\n"
    assert list(root.iterdir()) == []
