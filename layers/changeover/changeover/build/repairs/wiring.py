"""Nested stacks get the parameters that their templates declare, and only outputs that exist.

A value comes from the table below. For an unknown parameter it is derived from the template, and a
person must look: a derived security group can be the wrong one, and every check would pass.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from yaml.nodes import MappingNode, Node

from changeover.build.repairs.operations import CannotPlace
from changeover.build.template import Template
from changeover.build.workspace import Workspace
from changeover.build.yaml_nodes import get, keys, plain, walk

_ADDRESS = "!Ref SchedulerPublicIP"
# By stack and parameter, for the states of 2.6.1: the tag and what `main` had until late 2021.
# An output that a release lost is listed as <stack>.Outputs, <output>.
VALUES = {
    ("Security", "SchedulerPublicIP"): _ADDRESS,
    ("Security", "EIPNat"): "!Ref EIPNat",
    ("Security", "CreateESServiceRole"): '"False"',
    ("Scheduler", "SchedulerPublicIP"): _ADDRESS,
    ("Scheduler.Outputs", "SchedulerPublicIP"): _ADDRESS,
    ("Analytics", "ComputeNodeSecurityGroup"): "!Ref SecurityGroupIdCompute",
    ("Analytics", "VpcId"): "!Ref VpcId",
    ("Analytics", "PrivateSubnet1"): "!Ref PrivateSubnet1",
    ("Analytics", "PrivateSubnet2"): "!Ref PrivateSubnet2",
    ("Viewer", "ESDomainIPAddresses"): "!GetAtt Analytics.Outputs.ESDomainIPAddresses",
}


@dataclass(frozen=True)
class Fault:
    """One fault between a stack and its nested template. `node` is where it shows."""

    stack: str
    name: str
    problem: str
    node: Node
    kind: str


MISSING, UNKNOWN, NO_OUTPUT = "missing", "unknown", "no output"


def faults(top: Template, children: dict[str, Template]) -> Iterator[Fault]:
    """Yield each missing or unknown parameter of a nested stack, and each output that is not.

    `children` has the nested template of each stack by the stack's logical ID.
    """
    for stack, child in children.items():
        resource = top.resources[stack]
        given = keys(get(resource, "Properties", "Parameters"))
        for name, declared in child.parameters.items():
            if name not in given and "Default" not in declared:
                problem = f"{stack} is not given {name}, which {child.path} requires"
                yield Fault(stack, name, problem, resource, MISSING)
        for name, (key, _) in given.items():
            if name not in child.parameters:
                problem = f"{stack} is given {name}, which {child.path} does not declare"
                yield Fault(stack, name, problem, key, UNKNOWN)
    for node in walk(top.root):
        match plain(node):
            case {"Fn::GetAtt": [str(stack), str(attribute)]} if stack in children:
                name = attribute.removeprefix("Outputs.")
                if name not in children[stack].outputs:
                    problem = f"{children[stack].path} has no output {name}"
                    yield Fault(stack, name, problem, node, NO_OUTPUT)


def nested(work: Workspace) -> tuple[Template, dict[str, Template]]:
    """Return the stack's template, and the nested template of each stack in it."""
    top = work.template(work.top)
    there = {name: path for name, path in top.children.items() if path in work.texts}
    return top, {name: work.template(path) for name, path in there.items()}


@dataclass(frozen=True)
class Wire:
    """Correct every fault between the stack's template and its nested templates."""

    def apply(self, work: Workspace) -> bool | None:
        if not nested(work)[1]:
            return None
        mended, lost = False, set[tuple[str, str, str]]()
        while fault := next(
            (f for f in faults(*nested(work)) if (f.stack, f.name, f.kind) not in lost), None
        ):
            try:
                self._mend(work, fault)
                mended = True
            except CannotPlace:
                lost.add((fault.stack, fault.name, fault.kind))
        if lost:
            left = [each.problem for each in faults(*nested(work))]
            raise CannotPlace("; ".join(dict.fromkeys(left)))
        return mended

    def _mend(self, work: Workspace, fault: Fault) -> None:
        top = work.template(work.top)
        if fault.kind == UNKNOWN:
            parameters = get(top.resources[fault.stack], "Properties", "Parameters")
            assert isinstance(parameters, MappingNode)
            work.cut_key(work.top, parameters, fault.name)
            return
        value = self._value(work, fault)
        if fault.kind == NO_OUTPUT:
            work.set_value(work.top, fault.node, value)
            return
        properties = get(top.resources[fault.stack], "Properties")
        parameters = get(properties, "Parameters")
        if isinstance(parameters, MappingNode) and parameters.value:
            work.insert_key(work.top, parameters, fault.name, value)
        elif isinstance(properties, MappingNode):
            work.insert_block(work.top, properties, f"Parameters:\n  {fault.name}: {value}")
        else:
            raise CannotPlace(fault.problem)

    def _value(self, work: Workspace, fault: Fault) -> str:
        top = work.template(work.top)
        owner = f"{fault.stack}.Outputs" if fault.kind == NO_OUTPUT else fault.stack
        known = VALUES.get((owner, fault.name), "")
        if known and _exists(known, top, nested(work)[1]):
            return known
        value = _derived(fault, top, nested(work)[1])
        if not value:
            raise CannotPlace(fault.problem)
        work.derived.append(f"{fault.problem}: {value} was derived")
        return value


def _exists(value: str, top: Template, children: dict[str, Template]) -> bool:
    """Whether what a value of the table names exists in this template."""
    if value.startswith("!Ref "):
        name = value.removeprefix("!Ref ")
        return name in top.parameters or name in top.resources
    if value.startswith("!GetAtt "):
        stack, _, output = value.removeprefix("!GetAtt ").partition(".Outputs.")
        return stack not in children or output in children[stack].outputs
    return True


def _derived(fault: Fault, top: Template, children: dict[str, Template]) -> str:
    """Derive a value by name: own parameter or resource, as passed elsewhere, another's output."""
    if fault.name in top.parameters or fault.name in top.resources:
        return f"!Ref {fault.name}"
    for stack in children:
        passed = get(top.resources[stack], "Properties", "Parameters", fault.name)
        if passed is not None and stack != fault.stack:
            value = top.text[passed.start_mark.index : passed.end_mark.index].strip()
            if _exists(value, top, children):
                return value
    for stack, child in children.items():
        if fault.name in child.outputs and stack != fault.stack:
            return f"!GetAtt {stack}.Outputs.{fault.name}"
    return ""
