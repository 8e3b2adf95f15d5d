"""Lambda runtimes that AWS no longer creates functions with."""

from dataclasses import dataclass

from yaml.nodes import MappingNode

from changeover.build.repairs.certificate import FUNCTION
from changeover.build.workspace import Workspace
from changeover.build.yaml_nodes import get, scalar

PYTHON, NODE = "python3.13", "nodejs22.x"
# Blocked for new functions by the end of 2026, from AWS's page "Lambda runtimes".
ENDED = frozenset(
    {
        "python2.7",
        *(f"python3.{minor}" for minor in range(6, 10)),
        "nodejs",
        *(f"nodejs{major}.x" for major in range(4, 20)),
        "nodejs4.3",
        "nodejs4.3-edge",
        "nodejs6.10",
        "nodejs8.10",
        *("java8", "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet5.0"),
        *("dotnet6", "dotnet7", "go1.x", "ruby2.5", "ruby2.7", "provided"),
    }
)


@dataclass(frozen=True)
class NewRuntimes:
    """Give each function with an ended Python or Node.js runtime a newer one."""

    def apply(self, work: Workspace) -> bool | None:
        functions = [
            (each.path, name) for each in work.templates for name in each.of_type(FUNCTION)
        ]
        changed = False
        for path, name in functions:
            properties = get(work.template(path).resources[name], "Properties")
            runtime = scalar(get(properties, "Runtime"))
            newer = _newer(runtime)
            if newer and isinstance(properties, MappingNode):
                work.set_key(path, properties, "Runtime", newer)
                changed = True
        return changed if functions else None


def _newer(runtime: str) -> str:
    if runtime not in ENDED:
        return ""
    return PYTHON if runtime.startswith("python") else NODE if runtime.startswith("node") else ""
