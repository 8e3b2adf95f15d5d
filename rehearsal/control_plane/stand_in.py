"""A small AWS service in front of moto: answers what it knows itself, forwards everything else."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import ClientSession, web

Given = dict[str, Any]
Operation = Callable[[Given], Awaitable[Given]]

JSON = "application/x-amz-json-1.1"
OF_ONE_CONNECTION = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}


class ServiceError(Exception):
    """An error that is answered in AWS's format."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class StandIn:
    """Serves `operations` by the name that the X-Amz-Target header ends with."""

    def __init__(self, moto: str, operations: Mapping[str, Operation]) -> None:
        self._moto = moto
        self._operations = operations
        self._runner: web.AppRunner | None = None
        self._session: ClientSession | None = None

    async def start(self) -> str:
        """The endpoint of the service."""
        self._session = ClientSession(auto_decompress=False)
        app = web.Application(client_max_size=16 * 2**20)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        operation = self._operations.get(request.headers.get("X-Amz-Target", "").split(".")[-1])
        if operation is None:
            return await self._forward(request)
        try:
            answer = await operation(json.loads(await request.read() or b"{}"))
        except ServiceError as error:
            problem = {"__type": error.code, "message": str(error)}
            return web.Response(status=400, text=json.dumps(problem), content_type=JSON)
        return web.Response(text=json.dumps(answer), content_type=JSON)

    async def _forward(self, request: web.Request) -> web.Response:
        assert self._session is not None
        url = self._moto + str(request.rel_url)
        headers = _kept(request.headers)
        async with self._session.request(
            request.method, url, headers=headers, data=await request.read()
        ) as answer:
            return web.Response(
                status=answer.status, headers=_kept(answer.headers), body=await answer.read()
            )


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in headers.items() if name.lower() not in OF_ONE_CONNECTION}
