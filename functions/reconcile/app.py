"""Start what was missed, and report what differs from the records."""

from changeover.operations import reconcile
from changeover.ports.services import Services
from changeover.runtime import step


@step
def handler(event: reconcile.ReconcileRequest, services: Services) -> reconcile.Reconciled:
    return reconcile.reconcile(event, services)
