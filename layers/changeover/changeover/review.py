"""The approver's page, served by the front door: GET shows the evidence, POST decides."""

from base64 import b64decode
from collections.abc import Mapping
from html import escape
from string import Template
from typing import Any
from urllib.parse import parse_qs

from pydantic import ValidationError

from changeover.approval import Answer, Decision, Problem, decide, find
from changeover.neighbours import ApprovalRecord
from changeover.ports import Services
from changeover.validation import Evidence, Probes, evidence_digest

_MOST_BYTES = 16_384
_LONGEST_NAME = 100


def respond(request: Mapping[str, Any], services: Services) -> dict[str, Any]:
    """Answer one request of the load balancer (an ALB event); nothing but a good POST decides."""
    query = {
        name: str(value) for name, value in (request.get("queryStringParameters") or {}).items()
    }
    cluster = query.get("cluster") or services.default_cluster
    try:
        if request.get("httpMethod") == "POST":
            return _page(200, _decided(decide(cluster, _answer(request), services)))
        record, evidence = find(cluster, query.get("run", ""), query.get("key", ""), services)
        return _page(200, _question(record, evidence, query["key"]))
    except Problem as problem:
        return _page(409, f"<h1>Nothing was decided</h1><p>{escape(str(problem))}</p>")


def _answer(request: Mapping[str, Any]) -> Answer:
    body = str(request.get("body") or "")
    if len(body) > _MOST_BYTES:
        raise Problem("That is more than the form can hold; open the link from the mail again.")
    # A load balancer encodes the body of a form, and leaves it as it is for some other types.
    if request.get("isBase64Encoded"):
        body = b64decode(body).decode(errors="replace")
    fields = {name: values[0] for name, values in parse_qs(body).items()}
    if not fields.get("name", "").strip() or len(fields["name"]) > _LONGEST_NAME:
        raise Problem("Write your name, so that the others know who decided.")
    if fields.get("decision") not in set(Decision):
        raise Problem("Choose one: approve or reject.")
    try:
        return Answer.model_validate(fields)
    except ValidationError:
        raise Problem("The form was incomplete; open the link from the mail again.") from None


def _question(record: ApprovalRecord, evidence: Evidence, key: str) -> str:
    counts = evidence.counts
    return _QUESTION.substitute(
        candidate=escape(evidence.candidate),
        live=escape(evidence.live),
        expires=f"{record.expires_at:%Y-%m-%d %H:%M %Z}",
        release=escape(evidence.vendor_release),
        customisations=escape(evidence.customisations or "none"),
        image=escape(evidence.image),
        identities=f"{counts.users} users, {counts.groups} groups, {counts.sudo_roles} sudo roles",
        identities_digest=escape(evidence.candidate_digest[:16]),
        live_probes=_probes(evidence.live_probes),
        candidate_probes=_probes(evidence.candidate_probes),
        run=escape(evidence.run, quote=True),
        key=escape(key, quote=True),
        digest=evidence_digest(evidence),
    )


def _probes(probes: Probes) -> str:
    told = (
        probes.ping,
        "yes" if probes.login and probes.wrong_password_refused else "no",
        "yes" if probes.bind else "no",
        probes.scheduler,
        ", ".join(sorted(probes.queues)),
        ", ".join(sorted(name for name, state in probes.services.items() if state == "active")),
        str(probes.users),
    )
    return "".join(f"<td>{escape(value)}</td>" for value in told)


def _decided(record: ApprovalRecord) -> str:
    return (
        f"<h1>{escape(record.decision.capitalize())}</h1>"
        f"<p>Thank you, {escape(record.decided_by)}. The upgrade to "
        f"<b>{escape(record.candidate)}</b> goes on accordingly; a mail tells how it ends.</p>"
    )


def _page(status: int, body: str) -> dict[str, Any]:
    return {
        "statusCode": status,
        "isBase64Encoded": False,
        "headers": {
            "Content-Type": "text/html; charset=utf-8",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Frame-Options": "DENY",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline';"
            " form-action 'self'; frame-ancestors 'none'",
        },
        "body": _FRAME.substitute(body=body),
    }


_FRAME = Template("""\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Changeover</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark; --line: #8884; --good: #1a7f4b; --bad: #b3372f; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; line-height: 1.25 } h2 { font-size: 1.05rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
th, td { text-align: left; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line);
         vertical-align: top; overflow-wrap: anywhere }
.probes { display: block; overflow-x: auto }
label { display: block; margin: .9rem 0 .2rem }
input { font: inherit; padding: .5rem; width: 100%; box-sizing: border-box;
        border: 1px solid var(--line); border-radius: .4rem }
.choice { display: flex; gap: .8rem; margin-top: 1.4rem }
button { font: inherit; flex: 1; padding: .7rem; border: 0; border-radius: .4rem; color: #fff;
         background: var(--bad); cursor: pointer }
button[value=approved] { background: var(--good) }
</style></head><body>$body</body></html>
""")

_QUESTION = Template("""\
<h1>Send all users from $live to $candidate?</h1>
<p>Without a decision before $expires nothing changes and $candidate is discarded.</p>
<h2>What it is</h2>
<table>
<tr><th>SOCA</th><td>$release, customisations: $customisations</td></tr>
<tr><th>Image</th><td>$image</td></tr>
<tr><th>Identities</th><td>$identities; proved equal on both (sha256 $identities_digest…)</td></tr>
</table>
<h2>What was probed</h2>
<div class="probes"><table>
<tr><th></th><th>/ping</th><th>login</th><th>bind</th><th>scheduler</th><th>queues</th>
<th>services</th><th>users</th></tr>
<tr><th>$live</th>$live_probes</tr>
<tr><th>$candidate</th>$candidate_probes</tr>
</table></div>
<h2>Your decision</h2>
<form method="post" autocomplete="off">
<input type="hidden" name="run" value="$run"><input type="hidden" name="key" value="$key">
<input type="hidden" name="evidence_digest" value="$digest">
<label for="code">The code from the mail</label><input id="code" name="code" required>
<label for="name">Your name</label><input id="name" name="name" required maxlength="100">
<label for="reason">Reason (if you like)</label><input id="reason" name="reason" maxlength="500">
<div class="choice"><button name="decision" value="approved">Approve: send the users over</button>
<button name="decision" value="rejected">Reject: discard the candidate</button></div>
</form>
""")
