"""What a run prints when it is over, without what differs from run to run."""

import re


def without_figures(printed: str) -> list[str]:
    """The steps that succeeded, loops once, and the last words; no numbers, no times."""
    wanted = ("succeeded after", "completed:", "users:", "identities:", "live:", "report:")
    lines = [line for line in printed.splitlines() if any(word in line for word in wanted)]
    plain = (re.sub(r"(\d+ min )?[\d.]+", "#", line).strip() for line in lines)
    return list(dict.fromkeys(re.sub(r"report: .*", "report", line) for line in plain))
