"""The endpoints of one rehearsal, in the form that each caller needs."""

from collections.abc import Mapping

REGION = "us-east-1"
# moto answers these.
ACCOUNT = "123456789012"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "rehearsal", "AWS_SECRET_ACCESS_KEY": "rehearsal"}


def variables(endpoints: Mapping[str, str]) -> dict[str, str]:
    """Environment variables that point the AWS CLI and SDKs to `endpoints`."""
    special = {
        f"AWS_ENDPOINT_URL_{service.upper()}": url
        for service, url in endpoints.items()
        if service != "endpoint"
    }
    return {
        **CREDENTIALS,
        **special,
        "AWS_ENDPOINT_URL": endpoints["endpoint"],
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }
