"""Run the uploaded code of Lambda functions in warm processes, and record every invocation."""

import asyncio
import hashlib
import io
import json
import math
import time
import uuid
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rehearsal.control_plane.endpoints import variables
from rehearsal.control_plane.sandbox import Answer, Function, Sandbox


class LambdaService:
    """Runs on one event loop. Other threads use `invoke_and_wait`."""

    def __init__(self, work: Path, runtime: Path, endpoints: Mapping[str, str]) -> None:
        self._folder = work / "lambda"
        self._logs = work / "logs"
        self._records = work / "invocations.jsonl"
        self._runtime = runtime
        self._endpoints = endpoints
        self._idle: dict[str, list[Sandbox]] = defaultdict(list)
        self._all: set[Sandbox] = set()
        self._extracting = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._logs.mkdir(parents=True, exist_ok=True)

    def invoke_and_wait(self, model: Any, layers: list[bytes], event: bytes) -> Answer:
        """Invoke moto's `model` of a function; called from the thread that serves the request."""
        call = self.invoke(model, layers, event)
        return asyncio.run_coroutine_threadsafe(call, self._loop).result()

    async def invoke(self, model: Any, layers: list[bytes], event: bytes) -> Answer:
        task_root = await self._extracted(model.code_bytes)
        folders = [await self._extracted(layer) / "python" for layer in layers]
        function = self._describe(model, task_root, tuple(folders))
        started, request = time.time(), str(uuid.uuid4())
        sandbox, cold = await self._take(function)
        try:
            answer = await sandbox.invoke(request, event)
        finally:
            await self._give_back(sandbox)
        self._record(function, request, started, answer, cold)
        return answer

    async def stop(self) -> None:
        await asyncio.gather(*(sandbox.stop() for sandbox in self._all))

    async def _take(self, function: Function) -> tuple[Sandbox, bool]:
        idle = self._idle[function.name]
        while idle:
            sandbox = idle.pop()
            if sandbox.function == function:
                return sandbox, False
            await self._drop(sandbox)
        sandbox = Sandbox(function, self._logs / f"{function.name}.log")
        self._all.add(sandbox)
        await sandbox.start(self._runtime)
        return sandbox, True

    async def _give_back(self, sandbox: Sandbox) -> None:
        if sandbox.spent:
            await self._drop(sandbox)
        else:
            self._idle[sandbox.function.name].append(sandbox)

    async def _drop(self, sandbox: Sandbox) -> None:
        self._all.discard(sandbox)
        await sandbox.stop()

    async def _extracted(self, archive: bytes) -> Path:
        folder = self._folder / hashlib.sha256(archive).hexdigest()[:16]
        async with self._extracting:
            if not folder.exists():
                await asyncio.to_thread(_extract, archive, folder)
        return folder

    def _describe(self, model: Any, task_root: Path, layers: tuple[Path, ...]) -> Function:
        given = {str(name): str(value) for name, value in model.environment_vars.items()}
        environment = {
            **given,
            **variables(self._endpoints),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "HOME": str(self._folder),
            "LAMBDA_TASK_ROOT": str(task_root),
            "LAMBDA_RUNTIME_DIR": str(self._runtime),
            "_HANDLER": str(model.handler),
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{model.run_time}",
            "AWS_LAMBDA_FUNCTION_NAME": model.function_name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(model.memory_size),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            **_logging(model),
        }
        return Function(
            name=model.function_name,
            arn=model.function_arn,
            handler=model.handler,
            timeout=float(model.timeout),
            memory=int(model.memory_size),
            environment=tuple(sorted(environment.items())),
            task_root=task_root,
            layers=layers,
        )

    def _record(
        self, function: Function, request: str, started: float, answer: Answer, cold: bool
    ) -> None:
        record = {
            "function": function.name,
            "request_id": request,
            "start": started,
            "duration_ms": round(answer.duration_ms, 2),
            "init_ms": round(answer.init_ms, 2),
            # AWS bills the initialization of zip functions too (since August 2025).
            "billed_ms": math.ceil(answer.duration_ms + answer.init_ms),
            "memory_mb": function.memory,
            "cold": cold,
            "error_type": answer.error_type,
        }
        with self._records.open("a") as records:
            records.write(json.dumps(record) + "\n")


def _logging(model: Any) -> dict[str, str]:
    given = getattr(model, "logging_config", {})
    return {
        "AWS_LAMBDA_LOG_FORMAT": given.get("LogFormat", "Text"),
        "AWS_LAMBDA_LOG_GROUP_NAME": given.get("LogGroup", f"/aws/lambda/{model.function_name}"),
    }


def _extract(archive: bytes, folder: Path) -> None:
    unfinished = folder.with_suffix(".part")
    zipfile.ZipFile(io.BytesIO(archive)).extractall(unfinished)
    unfinished.rename(folder)
