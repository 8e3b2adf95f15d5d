"""Functions outside the upgrade state machine: adopt, reconcile, abort."""
