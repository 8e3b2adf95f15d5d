"""The approval e-mail: the facts of the upgrade, the link to the approval page, and the code."""

from datetime import datetime

from changeover.upgrade.candidate import build_report
from changeover.upgrade.candidate.evidence import (
    Evidence,
    administrators_in_words,
    findings_in_words,
    identities_in_words,
    installer_in_words,
    privileged_in_words,
)


def question(evidence: Evidence, link: str, code: str, expires_at: datetime) -> str:
    """Return the approval e-mail's text. `code` is what the approver types on the page."""
    warnings = "".join(f"\n                Warning: {each}" for each in evidence.image_warnings)
    made = "".join(f"\n                {each}" for each in installer_in_words(evidence))
    built = "\n                ".join(build_report.in_words(evidence.build))
    made += f"\n  Build         {built}" if built else ""
    indented = "\n                ".join(privileged_in_words(evidence))
    root = f"\n  Root access   {indented}" if indented else ""
    return f"""\
{evidence.candidate} is ready to replace {evidence.live} and waits for your decision.
If you approve, all users are sent to {evidence.candidate}.
If you reject, {evidence.candidate} is discarded and users stay on {evidence.live}.

  SOCA          {evidence.vendor_release}, customizations: {evidence.customizations or "none"}{made}
  Image         {evidence.image_facts}
                on {evidence.live}: {evidence.live_image_facts}{warnings}
  Identities    {identities_in_words(evidence)}
                {findings_in_words(evidence)}{root}
  Administrators
                {administrators_in_words(evidence)}
  Probes        all passed

Review the evidence and decide on this page:

  {link}

The page asks for this code: {code}

If nobody decides before {expires_at:%Y-%m-%d %H:%M %Z}, {evidence.candidate} is discarded
and users stay on {evidence.live}.
"""
