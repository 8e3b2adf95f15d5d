"""A small AWS service with a REST API in JSON, which answers all calls itself."""

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from rehearsal.control_plane.stand_in import Given, ServiceError

NOT_FOUND = "ResourceNotFoundException"

Answering = Callable[[Given], Given]


class RestService:
    """Serves the `operations` by method and path, such as `("GET", "/GetImage")`."""

    def __init__(self, operations: Mapping[tuple[str, str], Answering]) -> None:
        self._operations = operations
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """The endpoint of the service."""
        app = web.Application()
        for (method, path), operation in self._operations.items():
            app.router.add_route(method, path, _served(operation))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()


def _served(operation: Answering) -> Callable[[web.Request], Any]:
    async def serve(request: web.Request) -> web.Response:
        given = dict(request.query) | json.loads(await request.read() or b"{}")
        try:
            answer = operation(given)
        except ServiceError as error:
            return web.json_response(
                {"message": str(error)},
                status=404 if error.code == NOT_FOUND else 400,
                headers={"x-amzn-ErrorType": error.code},
            )
        return web.json_response({"requestId": str(uuid.uuid4()), **answer})

    return serve
