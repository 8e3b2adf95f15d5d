"""Fake web interfaces of scheduler hosts, each on its own port, in one thread."""

import asyncio
import json
import threading
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from rehearsal.front_door import RELEASE_HEADER

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

FORM = '<form><input type="hidden" name="csrf_token" value="{token}"></form>'


class WebHost:
    """Answers like the web interface of one release, and records its requests."""

    def __init__(self, release: str, passwords: dict[str, str]) -> None:
        self.release = release
        self.passwords = passwords
        self.asked: Counter[str] = Counter()
        self.connections: set[object] = set()
        self.url = ""
        self._sessions: set[str] = set()
        self._tokens: set[str] = set()

    def application(self) -> web.Application:
        application = web.Application(middlewares=[self._remember])
        application.router.add_get("/", self._page)
        application.router.add_get("/ping", self._ping)
        application.router.add_get("/login", self._form)
        application.router.add_post("/auth", self._auth)
        application.router.add_route("*", "/echo", self._echo)
        application.router.add_get("/hang-up", self._hang_up)
        return application

    def forget_sessions(self) -> None:
        self._sessions.clear()

    @web.middleware
    async def _remember(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.asked[request.path] += 1
        self.connections.add(request.transport)
        answer = await handler(request)
        answer.headers[RELEASE_HEADER] = self.release  # for requests without a front door
        return answer

    async def _ping(self, _: web.Request) -> web.Response:
        return web.Response(text="Alive")

    async def _page(self, request: web.Request) -> web.Response:
        if request.cookies.get("session") not in self._sessions:
            return web.Response(status=302, headers={"Location": "/login"})
        return web.Response(text=f"welcome to {self.release}")

    async def _form(self, _: web.Request) -> web.Response:
        token = uuid.uuid4().hex
        self._tokens.add(token)
        return web.Response(text=FORM.format(token=token), content_type="text/html")

    async def _auth(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form["csrf_token"] not in self._tokens:
            return web.Response(status=400, text="The CSRF session token is missing.")
        if self.passwords.get(str(form["user"])) != form["password"]:
            return web.Response(status=302, headers={"Location": "/login"})
        session = uuid.uuid4().hex
        self._sessions.add(session)
        answer = web.Response(status=302, headers={"Location": "/"})
        answer.set_cookie("session", session, secure=True, httponly=True)
        answer.set_cookie("theme", "dark")
        return answer

    async def _echo(self, request: web.Request) -> web.Response:
        seen = {
            "method": request.method,
            "path": request.raw_path,
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "body": (await request.read()).decode(),
        }
        return web.json_response(seen, status=201)

    async def _hang_up(self, request: web.Request) -> web.Response:
        """Drop the connection in the middle of a request, as a host does during a restart."""
        assert request.transport is not None
        request.transport.abort()
        return web.Response()


class WebHosts:
    """`with WebHosts(work) as hosts: hosts.start("i-1", WebHost("hpc-r1", passwords))`."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runners: dict[str, web.AppRunner] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for instance in list(self._runners):
            self.stop(instance)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def start(self, instance: str, host: WebHost) -> WebHost:
        address, port = asyncio.run_coroutine_threadsafe(
            self._start(instance, host.application()), self._loop
        ).result()
        host.url = f"http://{address}:{port}"
        folder = self._work / "hosts" / instance
        folder.mkdir(parents=True, exist_ok=True)
        record = {"instance": instance, "release": host.release, "address": address, "port": port}
        (folder / "host.json").write_text(json.dumps(record))
        return host

    def stop(self, instance: str) -> None:
        runner = self._runners.pop(instance)
        asyncio.run_coroutine_threadsafe(runner.cleanup(), self._loop).result()

    async def _start(self, instance: str, application: web.Application) -> tuple[str, int]:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._runners[instance] = runner
        address, port = runner.addresses[0]
        return address, port
