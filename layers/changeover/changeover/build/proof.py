"""Proofs on the templates of a stack: every fault that would end a deployment, all at once."""

from collections.abc import Callable, Iterator

import yaml

from changeover.build.fitting_values import unfit_parameters
from changeover.build.intrinsics import resolved, same
from changeover.build.name_limits import too_long
from changeover.build.parsing import yaml_problem
from changeover.build.references import unresolved
from changeover.build.repairs.runtimes import ENDED
from changeover.build.repairs.wiring import faults
from changeover.build.report import Item, Kind, Verdict
from changeover.build.scheduler_role import scheduler_roles
from changeover.build.settings import BuildSettings
from changeover.build.template import Template
from changeover.build.tree import Tree
from changeover.build.yaml_nodes import composed, doubled, get, items, plain, scalar

ROLE = "AWS::IAM::Role"
_LARGEST = 1_000_000  # bytes of a template in S3, CloudFormation's limit


def prove(tree: Tree, settings: BuildSettings) -> tuple[Item, ...]:
    """Return one item for each proof: applied if it holds, otherwise blocked with every fault.

    Only the stack's template and its nested templates are looked at.
    """
    top = f"source/{settings.template}"
    if top not in tree:
        why = f"The release has no template {settings.template}. SOCA has it up to 2.6"
        do = "Choose a release of SOCA 2.6. Later ones cannot be built yet."
        return (Item(Kind.PROOF, "templates", Verdict.BLOCKED, why, do=do),)
    templates, unreadable = _read(tree, top)
    if unreadable:
        return (_refused("templates", unreadable),)
    proofs: tuple[tuple[str, str, Callable[..., Iterator[str]]], ...] = (
        ("templates", "{n} templates are YAML without doubled keys", _doubled_keys),
        ("references", "every reference names something in its template", _references),
        ("wiring", "nested stacks get what they declare, and every output exists", _wiring),
        ("boundary", "{roles} of {roles} roles have the permissions boundary", _boundary),
        ("scheduler-policy", "the scheduler's role has this cluster's policy", _policy),
        ("runtimes", "Lambda still creates functions with every runtime", _runtimes),
        ("parameters", "the configuration's values fit the template's parameters", _parameters),
        ("names", "every name is within its limit", _names),
    )
    roles = sum(len(each.of_type(ROLE)) for each in templates)
    return tuple(
        _judged(name, holds.format(n=len(templates), roles=roles), list(find(templates, settings)))
        for name, holds, find in proofs
    )


def _judged(name: str, holds: str, problems: list[str]) -> Item:
    return _refused(name, problems) if problems else Item(Kind.PROOF, name, Verdict.APPLIED, holds)


def _refused(name: str, problems: list[str]) -> Item:
    do = "Correct the customizations, or switch a repair on that was switched off."
    return Item(Kind.PROOF, name, Verdict.BLOCKED, "; ".join(problems), do=do)


def _read(tree: Tree, top: str) -> tuple[tuple[Template, ...], list[str]]:
    templates, problems = [], []
    paths = [top]
    for path in paths:
        problem = _unreadable(tree, path)
        if problem:
            problems.append(problem)
            continue
        template = Template(path, tree[path].data.decode())
        templates.append(template)
        if path == top:
            paths.extend(dict.fromkeys(template.children.values()))
            unnamed = sorted(template.stacks - template.children.keys())
            problems += [f"{path}: the TemplateURL of {each} names no template" for each in unnamed]
    return tuple(templates), problems


def _unreadable(tree: Tree, path: str) -> str:
    if path not in tree:
        return f"{path} is missing, and the stack needs it"
    if len(tree[path].data) > _LARGEST:
        return f"{path} has {len(tree[path].data):,} bytes, CloudFormation takes {_LARGEST:,}"
    try:
        root = composed(tree[path].data.decode())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return f"{path}{yaml_problem(error)}"
    return "" if get(root, "Resources") is not None else f"{path} has no Resources"


def _doubled_keys(templates: tuple[Template, ...], _: BuildSettings) -> Iterator[str]:
    for each in templates:
        for key in doubled(each.root):
            yield f"{each.path}:{each.line(key)}: the key {key.value} is there twice"


def _references(templates: tuple[Template, ...], _: BuildSettings) -> Iterator[str]:
    for each in templates:
        yield from unresolved(each)


def _wiring(templates: tuple[Template, ...], _: BuildSettings) -> Iterator[str]:
    top = templates[0]
    for fault in faults(top, _children(templates)):
        yield f"{top.path}:{top.line(fault.node)}: {fault.problem}"


def _children(templates: tuple[Template, ...]) -> dict[str, Template]:
    by_path = {each.path: each for each in templates}
    return {name: by_path[path] for name, path in templates[0].children.items()}


def _boundary(templates: tuple[Template, ...], settings: BuildSettings) -> Iterator[str]:
    for each in templates:
        for name, role in each.of_type(ROLE).items():
            boundary = get(role, "Properties", "PermissionsBoundary")
            where = f"{each.path}:{each.line(role)}: the role {name}"
            if boundary is None:
                yield f"{where} has no PermissionsBoundary"
            elif not same(boundary, settings.boundary_value, settings):
                other = resolved(plain(boundary), settings)
                yield f"{where} has another PermissionsBoundary: {other}"


def _policy(templates: tuple[Template, ...], settings: BuildSettings) -> Iterator[str]:
    roles, problems = scheduler_roles(templates[0], _children(templates))
    yield from problems
    if not roles and not problems and not settings.release_roles:
        yield f"{templates[0].path}: no host of the stack has a role that the stack makes"
    for each, name in roles:
        role = each.resources[name]
        listed = items(get(role, "Properties", "ManagedPolicyArns"))
        wanted = f":policy/{settings.policy}"
        if not any(str(resolved(plain(arn), settings)).endswith(wanted) for arn in listed):
            yield f"{each.path}:{each.line(role)}: {name} lacks the policy {settings.policy}"


def _runtimes(templates: tuple[Template, ...], _: BuildSettings) -> Iterator[str]:
    for each in templates:
        for name, function in each.of_type("AWS::Lambda::Function").items():
            runtime = scalar(get(function, "Properties", "Runtime"))
            if runtime in ENDED:
                yield (
                    f"{each.path}:{each.line(function)}: Lambda creates no functions with"
                    f" {runtime}, which {name} has"
                )


def _parameters(templates: tuple[Template, ...], settings: BuildSettings) -> Iterator[str]:
    yield from unfit_parameters(templates[0].parameters, settings.parameters, settings.offered)


def _names(templates: tuple[Template, ...], settings: BuildSettings) -> Iterator[str]:
    for each in templates:
        yield from too_long(each, settings.cluster)
