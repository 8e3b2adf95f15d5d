"""The upgrade state machine: one module for each phase's steps."""
