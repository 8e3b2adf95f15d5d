"""The mail that asks a person to decide: what it is about, the link, and the code."""

from datetime import datetime

from changeover.upgrade.candidate.evidence import (
    Evidence,
    administrators_in_words,
    findings_in_words,
    identities_in_words,
    installer_in_words,
    privileged_in_words,
)


def question(evidence: Evidence, link: str, code: str, expires_at: datetime) -> str:
    """The mail's text."""
    mind = "".join(f"\n                mind: {each}" for each in evidence.image_warnings)
    made = "".join(f"\n                {each}" for each in installer_in_words(evidence))
    indented = "\n                ".join(privileged_in_words(evidence))
    root = f"\n  Root by       {indented}" if indented else ""
    return f"""\
{evidence.candidate} is ready to take over from {evidence.live}.

  SOCA          {evidence.vendor_release}, customizations: {evidence.customizations or "none"}{made}
  Image         {evidence.image_facts}
                on {evidence.live}: {evidence.live_image_facts}{mind}
  Identities    {identities_in_words(evidence)}
                {findings_in_words(evidence)}{root}
  Administrators
                {administrators_in_words(evidence)}
  Probes        all passed

Look at the evidence and decide:

  {link}

The page asks for this code: {code}

Without a decision before {expires_at:%Y-%m-%d %H:%M %Z} nothing changes for the users and
{evidence.candidate} is discarded.
"""
