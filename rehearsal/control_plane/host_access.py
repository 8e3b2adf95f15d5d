"""IAM's decision on which hosts a document may run. moto makes no such decision."""

from collections.abc import Iterable
from typing import Any

from moto.ec2.models import ec2_backends

from rehearsal.control_plane.endpoints import ACCOUNT, REGION
from rehearsal.control_plane.stand_in import ServiceError

TAG = "changeover:cluster"


def refuse_others(instances: Iterable[str], document: str) -> None:
    """Raises ServiceError for a host without the tag of the document's cluster.

    The template allows `changeover-<cluster>-*` on hosts with the tag `changeover:cluster` only.
    As with IAM, the check runs before SSM looks for the document and the host.
    """
    for instance in instances:
        cluster = _tags(instance).get(TAG)
        if not (cluster and document.startswith(f"changeover-{cluster}-")):
            host = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{instance}"
            raise ServiceError(
                "AccessDeniedException",
                f"User: arn:aws:sts::{ACCOUNT}:assumed-role/rehearsal/rehearsal is not authorized"
                f" to perform: ssm:SendCommand on resource: {host} because no identity-based policy"
                " allows the ssm:SendCommand action",
            )


def _tags(instance: str) -> dict[str, str]:
    backend: Any = ec2_backends[ACCOUNT][REGION]
    return dict(backend.tags.get(instance, {}))
