"""Build, deploy, validate and discard the candidate release."""
