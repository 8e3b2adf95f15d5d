"""Settings of the web interface (stand-in: only those that sites use to change)."""
# ruff: noqa: INP001 - a tree to be built, no package

ENABLE_SSO = False
COGNITO_ROOT_URL = ""
DCV_LINUX_SESSION_COUNT = 4
LDAP_BASE = "DC=soca,DC=local"
