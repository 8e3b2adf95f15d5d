"""Reach this machine directly, also if a proxy is configured."""

import os

_LOCAL = ("127.0.0.1", "localhost", "127.18.0.0/16")


def bypass_proxies() -> None:
    """Set NO_PROXY for this process and its children."""
    for name in ("NO_PROXY", "no_proxy"):
        given = os.environ.get(name, "").split(",")
        os.environ[name] = ",".join(dict.fromkeys([*filter(None, given), *_LOCAL]))
