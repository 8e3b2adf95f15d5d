"""One process of one function behind its own Runtime API, kept warm as Lambda keeps it."""

import asyncio
import json
import sys
import time
from asyncio.subprocess import Process
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

ENTRY = Path(__file__).with_name("lambda_entry.py")
INVOCATION = "/2018-06-01/runtime/invocation"
INIT_LIMIT_SECONDS = 60


@dataclass(frozen=True)
class Function:
    """The input of a function's process. Equal values can share a process."""

    name: str
    arn: str
    handler: str
    timeout: float
    memory: int
    environment: tuple[tuple[str, str], ...]
    task_root: Path
    layers: tuple[Path, ...]


@dataclass(frozen=True)
class Answer:
    payload: bytes
    error_type: str | None = None
    init_ms: float = 0.0
    duration_ms: float = 0.0


class Sandbox:
    """Use: `start`, then `invoke` one event at a time until it is `spent`, then `stop`."""

    def __init__(self, function: Function, log: Path) -> None:
        self.function = function
        self.spent = False
        self._log = log
        self._events: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self._ready = asyncio.Event()
        self._answer: asyncio.Future[tuple[bytes, bool]] = asyncio.Future()
        self._process: Process | None = None
        self._runner: web.AppRunner | None = None
        self._started = 0.0

    async def start(self, runtime: Path) -> None:
        port = await self._serve_runtime_api()
        self._started = time.monotonic()
        function = self.function
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(ENTRY), str(function.task_root)),
                *(function.handler, str(runtime), *map(str, function.layers)),
                env={**dict(function.environment), "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}"},
                cwd=function.task_root,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def invoke(self, request: str, event: bytes) -> Answer:
        assert self._process is not None
        gone = asyncio.create_task(self._process.wait())
        try:
            return await self._answered(request, event, gone)
        finally:
            gone.cancel()

    async def stop(self) -> None:
        self.spent = True
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answered(self, request: str, event: bytes, gone: "asyncio.Task[int]") -> Answer:
        init_ms = 0.0
        if not self._ready.is_set():
            ready = asyncio.create_task(self._ready.wait())
            await _first(INIT_LIMIT_SECONDS, ready, gone)
            ready.cancel()
            init_ms = 1000 * (time.monotonic() - self._started)
        started = time.monotonic()
        if not self._answer.done():
            self._events.put_nowait((request, event))
            await _first(self.function.timeout, self._answer, gone)
        duration_ms = 1000 * (time.monotonic() - started)
        payload, error_type = self._outcome(request, gone)
        return Answer(payload, error_type, init_ms, duration_ms)

    def _outcome(self, request: str, gone: "asyncio.Task[int]") -> tuple[bytes, str | None]:
        if self._answer.done():
            payload, failed = self._answer.result()
            self._answer = asyncio.Future()
            return payload, str(json.loads(payload).get("errorType", "")) if failed else None
        self.spent = True
        if gone.done():
            reason = f"Runtime exited with error: exit status {gone.result()}"
            return _fault("Runtime.ExitError", f"RequestId: {request} Error: {reason}")
        reason = f"Task timed out after {self.function.timeout:.2f} seconds"
        return _fault("Sandbox.Timedout", f"RequestId: {request} Error: {reason}")

    async def _serve_runtime_api(self) -> int:
        app = web.Application(client_max_size=8 * 2**20)
        app.router.add_get(f"{INVOCATION}/next", self._next)
        app.router.add_post(f"{INVOCATION}/{{request}}/{{kind:response|error}}", self._take_answer)
        app.router.add_post("/2018-06-01/runtime/init/error", self._take_init_error)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=1
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return int(self._runner.addresses[0][1])

    async def _next(self, _: web.Request) -> web.Response:
        self._ready.set()
        request, event = await self._events.get()
        deadline = time.time() + self.function.timeout
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request,
            "Lambda-Runtime-Deadline-Ms": str(int(1000 * deadline)),
            "Lambda-Runtime-Invoked-Function-Arn": self.function.arn,
        }
        return web.Response(body=event, headers=headers, content_type="application/json")

    async def _take_answer(self, request: web.Request) -> web.Response:
        failed = request.match_info["kind"] == "error"
        if not self._answer.done():
            self._answer.set_result((await request.read(), failed))
        return web.Response(status=202, text='{"status":"OK"}')

    async def _take_init_error(self, request: web.Request) -> web.Response:
        self.spent = True
        self._answer.set_result((await request.read(), True))
        self._ready.set()
        return web.Response(status=202, text='{"status":"OK"}')


async def _first(limit: float, *awaited: "asyncio.Future[Any]") -> None:
    await asyncio.wait(awaited, timeout=limit, return_when=asyncio.FIRST_COMPLETED)


def _fault(error_type: str, message: str) -> tuple[bytes, str]:
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode(), error_type
