"""One user in a browser: logs in, looks at some pages, closes the browser, comes back."""

import asyncio
import json
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TextIO

from aiohttp import ClientError, ClientSession
from yarl import URL

PAGES = ("/", "/", "/", "/ping")
PAGES_A_VISIT = 20
CSRF_TOKEN = re.compile(r'name="csrf_token"[^>]*\bvalue="([^"]+)"')


@dataclass(frozen=True)
class Reply:
    """An answer and its time in milliseconds."""

    t: float
    ms: float
    status: int = 0
    release: str = ""
    location: str = ""
    text: str = ""

    def sends_to(self, path: str) -> bool:
        return self.status == HTTPStatus.FOUND and URL(self.location).path == path

    def refuses_the_form(self) -> bool:
        """Whether the release refused another release's form, whose session it does not know."""
        return self.status == HTTPStatus.BAD_REQUEST or self.sends_to("/login")


@dataclass(frozen=True)
class User:
    """Sends a request about every `pause` seconds and writes a JSON line for it to `out`."""

    browser: ClientSession
    name: str
    password: str
    pause: float
    out: TextIO

    async def live(self) -> None:
        while True:
            if welcome := await self._log_in():
                await self._visit(welcome.release)

    async def _log_in(self) -> Reply | None:
        form = await self._ask("GET", "/login")
        token = CSRF_TOKEN.search(form.text)
        self._record("form", form, ok=form.status == HTTPStatus.OK and token is not None)
        if token is None:
            return None
        fields = {"user": self.name, "password": self.password, "csrf_token": token[1]}
        reply = await self._ask("POST", "/auth", fields)
        welcome = reply.sends_to("/")
        moved = reply.release != form.release and reply.refuses_the_form()
        self._record("relogin" if moved else "login", reply, ok=welcome or moved)
        return reply if welcome else None

    async def _visit(self, release: str) -> None:
        """Fetch pages. A redirect to the login is a failure of the release with the session."""
        while random.random() > 1 / PAGES_A_VISIT:
            reply = await self._ask("GET", random.choice(PAGES))
            if reply.sends_to("/login"):
                moved = reply.release != release
                self._record("relogin" if moved else "page", reply, ok=moved)
                return
            self._record("page", reply, ok=reply.status == HTTPStatus.OK)
        self.browser.cookie_jar.clear()

    async def _ask(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> Reply:
        await asyncio.sleep(self.pause * random.uniform(0.5, 1.5))
        began, clock = time.time(), time.perf_counter()
        try:
            async with self.browser.request(
                method, path, data=fields, allow_redirects=False
            ) as answer:
                text = await answer.text()
        except (ClientError, TimeoutError):
            return Reply(began, _ms_since(clock))
        release = answer.headers.get("X-Changeover-Release", "")
        location = answer.headers.get("Location", "")
        return Reply(began, _ms_since(clock), answer.status, release, location, text)

    def _record(self, what: str, reply: Reply, *, ok: bool) -> None:
        line = {
            "t": round(reply.t, 3),
            "release": reply.release,
            "what": what,
            "status": reply.status,
            "ms": reply.ms,
            "ok": ok,
        }
        self.out.write(json.dumps(line) + "\n")


def _ms_since(clock: float) -> float:
    return round((time.perf_counter() - clock) * 1000, 1)
