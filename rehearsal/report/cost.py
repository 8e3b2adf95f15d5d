"""What the upgrade itself would cost on AWS: Step Functions and Lambda, not the releases.

The prices are those of the public price pages for us-east-1, without the free tier.
"""

from collections.abc import Iterable, Sequence
from typing import TypedDict

from rehearsal.report.record import Event, Invocation
from rehearsal.report.timeline import visits

# AWS Step Functions pricing, Standard workflows: USD per state transition, retries included.
USD_PER_TRANSITION = 0.025 / 1_000
# AWS Lambda pricing, Arm, first tier: USD per GB-second of billed time.
USD_PER_GB_SECOND = 0.0000133334
# AWS Lambda pricing: USD per request.
USD_PER_REQUEST = 0.20 / 1_000_000


class Cost(TypedDict):
    """Cost in USD. `lambda_ms` is billed time. A GB-second counts 1,024 MB as one GB."""

    transitions: int
    transitions_usd: float
    lambda_invocations: int
    lambda_requests_usd: float
    lambda_ms: int
    lambda_gb_seconds: float
    lambda_compute_usd: float
    cost_usd: float


def cost(history: Iterable[Event], invocations: Sequence[Invocation]) -> Cost:
    transitions = sum(max(1, visit.attempts) for visit in visits(history))
    gb_seconds = sum(i["billed_ms"] / 1_000 * i["memory_mb"] / 1_024 for i in invocations)
    parts = (
        transitions * USD_PER_TRANSITION,
        len(invocations) * USD_PER_REQUEST,
        gb_seconds * USD_PER_GB_SECOND,
    )
    return Cost(
        transitions=transitions,
        transitions_usd=round(parts[0], 8),
        lambda_invocations=len(invocations),
        lambda_requests_usd=round(parts[1], 8),
        lambda_ms=round(sum(i["billed_ms"] for i in invocations)),
        lambda_gb_seconds=round(gb_seconds, 4),
        lambda_compute_usd=round(parts[2], 8),
        cost_usd=round(sum(parts), 6),
    )
