"""Start what was missed, and tell what is not as recorded."""

from changeover.operations import reconcile
from changeover.ports.services import Services
from changeover.runtime import step


@step
def handler(event: reconcile.ReconcileRequest, services: Services) -> reconcile.Reconciled:
    return reconcile.reconcile(event, services)
