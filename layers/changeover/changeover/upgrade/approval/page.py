"""HTML of the approval page: the evidence with the form, and the confirmation of a decision."""

from collections.abc import Mapping
from html import escape
from string import Template
from types import MappingProxyType
from typing import Any

from changeover.ports.values import ApprovalRecord
from changeover.upgrade.candidate import build_report
from changeover.upgrade.candidate.evidence import (
    Evidence,
    administrators_in_words,
    evidence_digest,
    findings_in_words,
    identities_in_words,
    installer_in_words,
    privileged_in_words,
)
from changeover.upgrade.candidate.health import Probes


def question(
    record: ApprovalRecord,
    evidence: Evidence,
    key: str,
    typed: Mapping[str, str] = MappingProxyType({}),
    wrong: str = "",
) -> str:
    """Return the HTML of the evidence and the form.

    `typed` holds what the approver entered before, `wrong` why that was not accepted.
    """
    return _QUESTION.substitute(
        candidate=escape(evidence.candidate),
        live=escape(evidence.live),
        expires=f"{record.expires_at:%Y-%m-%d %H:%M %Z}",
        release=escape(evidence.vendor_release),
        customizations=escape(evidence.customizations or "none"),
        made="".join(f"<br>{escape(each)}" for each in installer_in_words(evidence)),
        build=_build(evidence),
        image=escape(evidence.image_facts),
        live_image=escape(evidence.live_image_facts),
        mind="".join(
            f'<br><span class="wrong">Warning: {escape(each)}</span>'
            for each in evidence.image_warnings
        ),
        identities=escape(identities_in_words(evidence)),
        findings=escape(findings_in_words(evidence)),
        root=_root(evidence),
        administrators=escape(administrators_in_words(evidence)),
        probes=_probes(evidence),
        run=escape(evidence.run, quote=True),
        key=escape(key, quote=True),
        digest=evidence_digest(evidence),
        wrong=escape(wrong),
        name=escape(typed.get("name", ""), quote=True),
        reason=escape(typed.get("reason", ""), quote=True),
    )


def _build(evidence: Evidence) -> str:
    if not evidence.build:
        return ""
    return f"<h2>What the build changed</h2>{build_report.in_html(evidence.build)}"


def _root(evidence: Evidence) -> str:
    lines = "<br>".join(map(escape, privileged_in_words(evidence)))
    return f"<tr><th>Root access</th><td>{lines}</td></tr>" if lines else ""


def _probes(evidence: Evidence) -> str:
    """Return one table row for each probe: its name, live's result, the candidate's result."""
    rows = zip(
        _probe_rows(evidence.live_probes).items(),
        _probe_rows(evidence.candidate_probes).values(),
        strict=True,
    )
    return "".join(
        f"<tr><th>{what}</th><td>{escape(here)}</td><td>{escape(there)}</td></tr>"
        for (what, here), there in rows
        if not (evidence.directory and what in _OF_OWN_DIRECTORY)
    )


# Probes of a directory on the host itself; not shown if both releases share an external one.
_OF_OWN_DIRECTORY = ("LDAP bind", "users")


def _probe_rows(probes: Probes) -> dict[str, str]:
    return {
        "/ping": probes.ping,
        "web login": "yes" if probes.login and probes.wrong_password_refused else "no",
        "LDAP bind": "yes" if probes.bind else "no",
        "scheduler": probes.scheduler,
        "queues": ", ".join(sorted(probes.queues)),
        "services": ", ".join(
            sorted(n for n, state in probes.services.items() if state == "active")
        ),
        "users": str(probes.users),
    }


def decided(record: ApprovalRecord) -> str:
    """Return the HTML that confirms a decision."""
    return (
        f"<h1>{escape(record.decision.capitalize())}</h1>"
        f"<p>Thank you, {escape(record.decided_by)}. You {escape(record.decision)} the upgrade to "
        f"<b>{escape(record.candidate)}</b>. An e-mail will report how the upgrade ended.</p>"
    )


def decided_before(record: ApprovalRecord, key: str, wrong: str = "") -> str:
    """Return the HTML that says who decided, with a form that sends the same decision again."""
    return _DECIDED_BEFORE.substitute(
        decision=escape(record.decision, quote=True),
        name=escape(record.decided_by, quote=True),
        run=escape(record.run, quote=True),
        key=escape(key, quote=True),
        digest=record.evidence_digest,
        wrong=escape(wrong),
    )


def page(status: int, body: str) -> dict[str, Any]:
    """Return a whole HTML page as a Lambda response for an Application Load Balancer."""
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
         vertical-align: top }
.wrong, .loud td:first-child { color: var(--bad) }
.build td { overflow-wrap: anywhere } .build td:first-child { white-space: nowrap }
.build td:nth-child(2) { min-width: 10em } .build p { margin: .3em 0 } small { opacity: .7 }
pre { white-space: pre-wrap; font-size: .8rem }
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
<p>If you approve, all users are sent to $candidate. If you reject, $candidate is discarded and
users stay on $live. If nobody decides before $expires, that counts as a rejection.</p>
<h2>The new release</h2>
<table>
<tr><th>SOCA</th><td>$release, customizations: $customizations$made</td></tr>
<tr><th>Image</th><td>$image<br>on $live: $live_image$mind</td></tr>
<tr><th>Identities</th><td>$identities<br>$findings</td></tr>
<tr><th>Administrators</th><td>$administrators</td></tr>
$root</table>
$build
<h2>Probe results</h2>
<table>
<tr><th></th><th>$live</th><th>$candidate</th></tr>
$probes
</table>
<p>A row <i>users</i> also counts accounts that SOCA's installer made and that are not copied.</p>
<h2>Your decision</h2>
<p class="wrong">$wrong</p>
<form method="post" autocomplete="off">
<input type="hidden" name="run" value="$run"><input type="hidden" name="key" value="$key">
<input type="hidden" name="evidence_digest" value="$digest">
<label for="code">Code from the e-mail</label><input id="code" name="code" required>
<label for="name">Your name</label><input id="name" name="name" required maxlength="100"
value="$name">
<label for="reason">Reason (optional)</label><input id="reason" name="reason" maxlength="500"
value="$reason">
<div class="choice">
<button name="decision" value="approved">Approve: send all users to $candidate</button>
<button name="decision" value="rejected">Reject: discard $candidate</button></div>
</form>
""")

_DECIDED_BEFORE = Template("""\
<h1>Already decided</h1>
<p>This upgrade was $decision by $name.</p>
<p>If the upgrade still waits for a decision, it missed this one: send the decision again.</p>
<p class="wrong">$wrong</p>
<form method="post" autocomplete="off">
<input type="hidden" name="run" value="$run"><input type="hidden" name="key" value="$key">
<input type="hidden" name="evidence_digest" value="$digest">
<input type="hidden" name="name" value="$name">
<label for="code">Code from the e-mail</label><input id="code" name="code" required>
<div class="choice">
<button name="decision" value="$decision">Send the decision again</button></div>
</form>
""")
