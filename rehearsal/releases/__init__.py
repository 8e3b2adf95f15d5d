"""What the site installs: SOCA's release, its own changes, and the running release."""
