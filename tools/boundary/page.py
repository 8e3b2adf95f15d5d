"""The document, in Markdown."""

from collections.abc import Iterator
from itertools import groupby

from tests.support.templates import ROOT
from tools.boundary import ready
from tools.boundary.parts import Part, parts

PAGE = ROOT / "docs/boundary.md"
COMMAND = ".venv/bin/python -m tools.boundary"

TEXT = """\
# What a permissions boundary must let through

Made from the templates by `{command}`.

With `PermissionsBoundaryArn` every role of the app carries your company's boundary. A boundary
limits and grants nothing: a role may do what its own policies and the boundary both allow. What the
boundary leaves out ends the deployment, or weeks later a candidate. It may allow the actions below
on everything (`"Resource": "*"`): the roles' own policies narrow the resources and keep the
conditions, such as `iam:PermissionsBoundary` on `iam:CreateRole`.

Where `MakeReleaseRoles` is `false` and `ReleaseRoleArns` is empty, SOCA makes the roles of
releases. They need what SOCA's templates say, which is not listed here. `prerequisites/roles.yaml`,
deployed by itself, needs what the table says of releases.

Most of AWS's services say when a boundary was in the way: "because no permissions boundary allows
the … action".

| | |
|---|---|
{table}

Some keys let in schedulers and nodes by the key's own policy, because the roles that SOCA makes
know nothing of these keys. Whether a boundary cuts that off depends on how AWS reads such a policy;
with these actions in the boundary nothing does.

## A boundary to start from

All of the above as one policy, {length:,} of the {limit:,} characters that AWS takes. Write its own
ARN into the second statement: without that condition, a role that a release makes could make others
that no boundary holds.

```json
{policy}
```

AWS changes its own policies at times; above they are as in the versions below. Of the two of AWS
Backup it has what speaks of EC2: they serve to back up schedulers, and would not fit as a whole.

{versions}
"""


def page() -> str:
    every = list(parts())
    policy = ready.boundary(every)
    names = ready.aws_policies(every)
    return TEXT.format(
        command=COMMAND,
        table="\n".join(row for part in every for row in _rows(part)),
        length=ready.length(policy),
        limit=ready.LIMIT,
        policy=ready.shown(policy),
        versions="\n".join(f"* `{name}` {ready.version(name)}" for name in names),
    )


def _rows(part: Part) -> Iterator[str]:
    yield f"| **{part.title}** | {f'only where {part.only}' if part.only else 'always'} |"
    for condition, allowed in part.actions.items():
        where = f", where {condition}" if condition else ""
        for service, actions in groupby(sorted(allowed), lambda each: each.partition(":")[0]):
            names = ", ".join(each.partition(":")[2] for each in actions).replace("*", r"\*")
            yield f"| `{service}`{where} | {names} |"
    if part.aws_policies:
        yield f"| AWS's policies | {', '.join(f'`{name}`' for name in sorted(part.aws_policies))} |"
