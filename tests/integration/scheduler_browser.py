"""A browser on a scheduler host."""

import re
import time
import urllib.parse

from rehearsal.host.folder import HostFolder
from tests.integration.scheduler_hosts import tool


class Browser:
    """Does not follow redirects. The host's curl wrapper resolves localhost."""

    def __init__(self, host: HostFolder) -> None:
        self.host = host
        self._cookies = str(host.root / f"cookies-{time.monotonic_ns()}")

    def get(self, path: str, *options: str) -> tuple[str, str]:
        """Return the body of the answer, and `status location`."""
        cookies = ("-b", self._cookies, "-c", self._cookies)
        answer = tool(
            self.host, "curl", "-ks", *cookies, "-w", "\n%{http_code} %header{location}",
            *options, f"https://localhost:8443{path}",
        )  # fmt: skip
        body, _, status = answer.stdout.rpartition("\n")
        return body, status.strip()

    def log_in(self, user: str, password: str) -> str:
        form, _ = self.get("/login")
        (token,) = re.findall(r'name="csrf_token" value="(\w+)"', form)
        fields = {"user": user, "password": password, "csrf_token": token}
        _, status = self.get("/auth", "-d", urllib.parse.urlencode(fields))
        return status
