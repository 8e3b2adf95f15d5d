"""The document, in Markdown."""

from collections.abc import Iterator
from itertools import groupby

from tests.support.templates import ROOT
from tools.boundary import ready
from tools.boundary.parts import Part, parts

PAGE = ROOT / "docs/boundary.md"
COMMAND = ".venv/bin/python -m tools.boundary"

TEXT = """\
# What a permissions boundary must allow

This page is generated from the templates by `{command}`.

With `PermissionsBoundaryArn`, every role of the app has your company's permissions boundary. A
boundary grants nothing. A role may do only what both its own policies and the boundary allow. If
the boundary lacks an action, the deployment fails, or a candidate fails weeks later. The boundary
may allow the actions below on all resources (`"Resource": "*"`). The roles' own policies limit the
resources. They also have the conditions, such as `iam:PermissionsBoundary` on `iam:CreateRole`.

If `MakeReleaseRoles` is `false` and `ReleaseRoleArns` is empty, SOCA's templates make the roles of
releases. Their actions are in SOCA's templates and not on this page. If you deploy
`prerequisites/roles.yaml` by itself, its roles need the actions of releases below.

Most AWS services name the boundary in their error: "because no permissions boundary allows the …
action".

| | |
|---|---|
{table}

Some KMS key policies let in schedulers and nodes, because the roles that SOCA makes have no
statement for these keys. AWS may or may not apply the boundary to access that a key policy grants.
If the boundary has these actions, it works in both cases.

## A boundary to start from

This policy contains all of the above. It has {length:,} of the {limit:,} characters that AWS
allows. Write its own ARN into the second statement. Without that condition, a role of a release
could create roles without a boundary.

```json
{policy}
```

AWS changes its managed policies from time to time. The policy above contains them in the versions
below. Of AWS Backup's two policies it contains only the actions for EC2, because they back up
schedulers and the whole policies would not fit.

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
