"""The output of a run, without the parts that differ from run to run."""

import re


def without_figures(printed: str) -> list[str]:
    """Return the successful steps (loops once) and the last lines, without numbers and times."""
    wanted = ("succeeded after", "completed:", "users:", "identities:", "live:", "report:")
    lines = [line for line in printed.splitlines() if any(word in line for word in wanted)]
    plain = (re.sub(r"(\d+ min )?[\d.]+", "#", line).strip() for line in lines)
    return list(dict.fromkeys(re.sub(r"report: .*", "report", line) for line in plain))
