"""Start what was missed, and tell what is not as recorded."""

from changeover import reconciliation
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(
    event: reconciliation.ReconcileRequest, services: Services
) -> reconciliation.Reconciled:
    return reconciliation.reconcile(event, services)
