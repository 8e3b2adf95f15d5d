"""Intents about AWS resources: tags, and managed policies of a release's roles."""

import json

from changeover.build.intents.model import Intent
from changeover.build.intents.outcome import Outcome, SiteRelease, nowhere
from changeover.build.intents.places import CDK_PROGRAM, CDK_ROLES, PLACES, ROLES
from changeover.build.intents.python_edits import insert_after_role, insert_python
from changeover.build.intents.text_edits import NoAnchor
from changeover.build.repairs.operations import ROLE, AddToList
from changeover.build.report import Verdict
from changeover.build.workspace import open_workspace


def add_tag(site: SiteRelease, intent: Intent) -> Outcome:
    name, value = intent.fields["name"], intent.fields["value"]
    installer = site.first(PLACES["installer"].paths)
    if installer:
        tag = f"- Key: {json.dumps(name)}\n      Value: {json.dumps(value)}"
        return Outcome(site.with_text(installer, _custom_tag(site.text(installer), tag)))
    path = site.first(PLACES["job-tags"].paths)
    if not path:
        return nowhere("tags")
    statement = f"tags[{name!r}] = {value!r}"
    return Outcome(
        site.with_text(path, insert_python(site.text(path), "cfn_stack_tags", statement)),
        why="CloudFormation gives the tag to everything in a job's stack",
    )


def _custom_tag(text: str, tag: str) -> str:
    if tag in text:
        return text
    if "\n  custom_tags:\n" in text:
        return text.replace("\n  custom_tags:\n", f"\n  custom_tags:\n    {tag}\n", 1)
    if "\nConfig:\n" not in f"\n{text}":
        raise NoAnchor("the installer's configuration does not begin with Config")
    return f"\n{text}".replace("\nConfig:\n", f"\nConfig:\n  custom_tags:\n    {tag}\n", 1)[1:]


def attach_policy(site: SiteRelease, intent: Intent) -> Outcome:
    if CDK_PROGRAM in site.tree:
        arn = json.dumps(intent.fields["arn"])
        policy = f'iam.ManagedPolicy.from_managed_policy_arn(self, "changeover-{intent.id}", {arn})'
        statement = "{}.add_managed_policy(" + policy + ")"
        roles = CDK_ROLES[intent.fields["role"]]
        changed = insert_after_role(site.text(CDK_PROGRAM), roles, statement)
        return Outcome(site.with_text(CDK_PROGRAM, changed))
    if "source/templates/Security.template" not in site.tree:
        return nowhere("a role's policies")
    if site.settings.release_roles:
        why = "With MakeReleaseRoles, the release's roles are the app's"
        do = "Attach the policy to the app's role."
        return Outcome({}, Verdict.ACTION_NEEDED, why, do)
    work = open_workspace(site.tree, site.settings)
    role = ROLES[intent.fields["role"]]
    AddToList(ROLE, role, "ManagedPolicyArns", json.dumps(intent.fields["arn"])).apply(work)
    edited = {path: file for path, file in work.result(site.tree).items() if path in work.texts}
    return Outcome({p: f for p, f in edited.items() if site.tree[p] != f} or edited)
