"""Whether slapd accepts a text as a time (GeneralizedTime, RFC 4517)."""

import calendar
import re

_TIME = re.compile(
    rb"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?P<hour>\d\d)(?:(?P<minute>\d\d)"
    rb"(?P<second>\d\d)?)?(?:[.,]\d+)?(?:Z|[+-](?P<zone>\d\d)(?P<zone_minute>\d\d)?)"
)
_LEAP_YEAR, _OTHER_YEAR = 2000, 2001
# The lowest and the highest number of each part.
_RANGES = {
    "month": (1, 12),
    "hour": (0, 23),
    "minute": (0, 59),
    "second": (0, 60),  # a leap second
    "zone": (0, 23),
    "zone_minute": (0, 59),
}


def is_generalized_time(value: bytes) -> bool:
    """Whether the value is an existing day, with at least an hour, and a time zone."""
    found = _TIME.fullmatch(value)
    if found is None:
        return False
    parts = {name: int(digits) for name, digits in found.groupdict(b"0").items()}
    in_range = all(lowest <= parts[name] <= highest for name, (lowest, highest) in _RANGES.items())
    return in_range and 1 <= parts["day"] <= _days(parts["year"], parts["month"])


def _days(year: int, month: int) -> int:
    """Return the number of days as slapd counts them: 1900 is not a leap year, 2000 is one."""
    leaps = (year // 100 if year % 100 == 0 else year) % 4 == 0
    return calendar.monthrange(_LEAP_YEAR if leaps else _OTHER_YEAR, month)[1]
