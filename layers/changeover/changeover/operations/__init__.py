"""Functions outside the upgrade state machine: adopt release, reconcile, abort upgrade."""
