"""The role that the scheduler's host runs with, traced through a stack's templates."""

from collections.abc import Mapping

from yaml.nodes import MappingNode

from changeover.build.template import Template
from changeover.build.yaml_nodes import get, items, plain

_INSTANCE = "AWS::EC2::Instance"
_PROFILE = "AWS::IAM::InstanceProfile"


def scheduler_roles(
    top: Template, children: Mapping[str, Template]
) -> tuple[list[tuple[Template, str]], list[str]]:
    """Return the roles of the stack's hosts, and a sentence for each host whose role is unknown.

    A host whose profile has a fixed name has no role in these templates. `children` has the nested
    template of each stack by the stack's logical ID.
    """
    roles, problems = [], []
    for stack, template in {"": top, **children}.items():
        for name, host in template.of_type(_INSTANCE).items():
            profile = plain(get(host, "Properties", "IamInstanceProfile"))
            if isinstance(profile, str):
                continue
            found = _role(profile, stack, top, children)
            if isinstance(found, tuple):
                roles.append(found)
            elif found is None:
                problems.append(
                    f"{template.path}:{template.line(host)}: nobody can tell which role {name} has"
                )
    return roles, problems


def _role(
    profile: object, stack: str, top: Template, children: Mapping[str, Template]
) -> tuple[Template, str] | str | None:
    """Return the role's template and logical ID, a fixed name, or None if it cannot be told."""
    template = children.get(stack, top)
    match profile:
        case str():
            return profile
        case {"Ref": str(name)} if name in template.of_type(_PROFILE):
            listed = items(get(template.resources[name], "Properties", "Roles"))
            match plain(listed[0]) if len(listed) == 1 else None:
                case {"Ref": str(role)} if role in template.resources:
                    return template, role
                case str() as fixed:
                    return fixed
        case {"Ref": str(name)} if stack and name in template.parameters:
            given = get(top.resources[stack], "Properties", "Parameters", name)
            return _role(plain(given), "", top, children)
        case {"Fn::GetAtt": [str(other), str(output)]} if not stack and other in children:
            value = children[other].outputs.get(output.removeprefix("Outputs."))
            if isinstance(value, MappingNode):
                return _role(plain(get(value, "Value")), other, top, children)
    return None
