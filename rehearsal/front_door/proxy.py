"""Forward requests as an Application Load Balancer does. A request is never repeated."""

import asyncio
import random
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    web,
)
from multidict import CIMultiDict
from yarl import URL

from rehearsal.front_door import lambda_target
from rehearsal.front_door.listener import Answer, Asked, Forward, Redirect
from rehearsal.front_door.routes import Function, Host, Routes

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

RELEASE_HEADER = "X-Changeover-Release"
# Headers of one connection, and the length, which is computed again.
HOP_BY_HOP = (
    "Connection",
    "Content-Length",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
)
# Timeouts of an Application Load Balancer: 10 s to connect, 60 s without a byte.
PATIENCE = ClientTimeout(total=None, sock_connect=10, sock_read=60)


class Proxy:
    """Keeps connections to hosts open. Create it on the event loop that uses it."""

    def __init__(self, routes: Routes, functions: "LambdaClient") -> None:
        self._routes = routes
        self._functions = functions
        self._session = ClientSession(
            # The hosts' certificates are self-signed, which a load balancer accepts.
            connector=TCPConnector(ssl=False, limit=0),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            timeout=PATIENCE,
        )
        # aiohttp silently repeats a GET if a kept-alive connection is dead. A load balancer does
        # not, and the rehearsal must see such a lost request. There is no public switch.
        self._session._retry_connection = False  # noqa: SLF001 - it offers no other way

    async def close(self) -> None:
        await self._session.close()

    def application(self, listener: str) -> web.Application:
        """The web application behind one listener's port."""

        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._answer(listener, request)

        application = web.Application()
        application.router.add_route("*", "/{path:.*}", handle)
        return application

    async def _answer(self, listener: str, request: web.Request) -> web.Response:
        match self._routes.action(listener, _asked(request)):
            case Answer() as answer:
                return _respond(answer)
            case Redirect() as redirect:
                return _respond(redirect.answer(_address(request)))
            case Forward() as forward:
                group = forward.pick(random.random())
                return await self._forward(request, self._routes.targets(group or ""))

    async def _forward(
        self, request: web.Request, targets: tuple[Host | Function, ...]
    ) -> web.Response:
        if not targets:
            return _error(503)
        match random.choice(targets):
            case Function() as function:
                return _respond(await self._invoke(request, function))
            case Host() as host:
                return await self._pass_on(request, host)

    async def _invoke(self, request: web.Request, function: Function) -> Answer:
        event = lambda_target.to_event(
            function.target_group,
            request.method,
            request.rel_url,
            _forwarded(request),
            await request.read(),
        )
        return await asyncio.to_thread(lambda_target.invoke, self._functions, function, event)

    async def _pass_on(self, request: web.Request, host: Host) -> web.Response:
        try:
            async with self._session.request(
                request.method,
                URL(host.url + request.raw_path, encoded=True),
                headers=_forwarded(request),
                skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
                data=await request.read() or None,
                allow_redirects=False,
            ) as answer:
                headers = _end_to_end(answer.headers)
                headers[RELEASE_HEADER] = host.release
                return web.Response(status=answer.status, headers=headers, body=await answer.read())
        except TimeoutError:
            return _error(504, host.release)
        except ClientError:
            return _error(502, host.release)


def _asked(request: web.Request) -> Asked:
    return Asked(request.rel_url.raw_path, request.url.raw_host or "", request.remote or "")


def _forwarded(request: web.Request) -> CIMultiDict[str]:
    headers = _end_to_end(request.headers)
    path = (*headers.popall("X-Forwarded-For", ()), request.remote or "")
    headers["X-Forwarded-For"] = ", ".join(path)
    headers["X-Forwarded-Proto"] = request.scheme
    headers["X-Forwarded-Port"] = str(request.url.port)
    return headers


def _end_to_end(headers: Mapping[str, str]) -> CIMultiDict[str]:
    kept = CIMultiDict(headers)
    for name in HOP_BY_HOP:
        kept.popall(name, None)
    return kept


def _address(request: web.Request) -> dict[str, str]:
    url = request.url
    return {
        "protocol": url.scheme,
        "host": url.raw_host or "",
        "port": str(url.port),
        "path": url.raw_path.removeprefix("/"),
        "query": url.raw_query_string,
    }


def _respond(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, headers=answer.headers, text=answer.body)


def _error(status: int, release: str = "") -> web.Response:
    page = f"<h1>{status} {HTTPStatus(status).phrase}</h1>"
    headers = {RELEASE_HEADER: release} if release else {}
    return web.Response(status=status, headers=headers, text=page, content_type="text/html")
