"""The load balancer of a rehearsal: a proxy that applies the control plane's listener rules."""

import asyncio
import logging
import socket
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import boto3
from aiohttp import web
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.front_door.proxy import RELEASE_HEADER, Proxy
from rehearsal.front_door.routes import Routes

__all__ = ["RELEASE_HEADER", "FrontDoor", "free_door"]

POLL_SECONDS = 0.5
# A failed read is retried soon. A function may be slow, and is never invoked twice.
IMPATIENT = Config(read_timeout=5, retries={"total_max_attempts": 1})
PATIENT = Config(read_timeout=900, retries={"total_max_attempts": 1})

logger = logging.getLogger(__name__)


class FrontDoor:
    """Two ports on 127.0.0.1, for the users' and the preview listener. A thread serves them.

    `environment` has the control plane's variables, of which AWS_ENDPOINT_URL is used. `door` is a
    listening socket for the users, if their URL must be known earlier. The ports and URLs are
    fixed at once. `with` needs the listeners to exist.
    """

    def __init__(
        self,
        work: Path,
        environment: Mapping[str, str],
        listener_arn: str,
        preview_listener_arn: str,
        *,
        door: socket.socket | None = None,
    ) -> None:
        self._session = boto3.Session("rehearsal", "rehearsal", region_name="us-east-1")
        self._endpoint = environment["AWS_ENDPOINT_URL"]
        listeners = (listener_arn, preview_listener_arn)
        elbv2 = self._session.client("elbv2", endpoint_url=self._endpoint, config=IMPATIENT)
        self._routes = Routes(work, elbv2, listeners)
        sockets = (door or free_door(), free_door())
        self._doors = dict(zip(listeners, sockets, strict=True))
        self.url, self.preview_url = (f"http://127.0.0.1:{_port(each)}" for each in sockets)
        self._stopped = threading.Event()
        # Both ports listen already, so an early request waits for the thread.
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._routes.refresh()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join()

    async def _serve(self) -> None:
        functions = self._session.client("lambda", endpoint_url=self._endpoint, config=PATIENT)
        proxy = Proxy(self._routes, functions)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(proxy.close)
            for listener, door in self._doors.items():
                await stack.enter_async_context(_open(proxy.application(listener), door))
            await asyncio.to_thread(self._obey)

    def _obey(self) -> None:
        while not self._stopped.wait(POLL_SECONDS):
            # A load balancer works without its control plane: the last rules stay in force.
            try:
                self._routes.refresh()
            except (BotoCoreError, ClientError) as error:
                logger.warning("the front door keeps its last rules: %s", error)


def free_door() -> socket.socket:
    """Reserve a free port, and return its socket."""
    return socket.create_server(("127.0.0.1", 0))


@asynccontextmanager
async def _open(application: web.Application, door: socket.socket) -> AsyncIterator[None]:
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.SockSite(runner, door).start()
    try:
        yield
    finally:
        await runner.cleanup()


def _port(door: socket.socket) -> int:
    return int(door.getsockname()[1])
