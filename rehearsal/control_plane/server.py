"""One process: moto in threads, the Lambda service and the stand-ins on one event loop."""

import asyncio
import json
import logging
import os
import sys
import threading
from pathlib import Path

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer, make_server

from rehearsal.control_plane import hooks
from rehearsal.control_plane.codebuild import Builds
from rehearsal.control_plane.image_builder.pipelines import Pipelines
from rehearsal.control_plane.image_builder.service import ImageBuilder
from rehearsal.control_plane.inspector import Inspector
from rehearsal.control_plane.installing import installed
from rehearsal.control_plane.lambda_service import LambdaService
from rehearsal.control_plane.rest_service import RestService
from rehearsal.control_plane.ssm import Commands
from rehearsal.control_plane.stand_in import StandIn

PROJECT = Path(__file__).parents[2]
RUNTIME = PROJECT / "build" / "lambda-runtime"
RUNTIME_REQUIREMENTS = PROJECT / "requirements" / "lambda-runtime.txt"


class QuietHandler(MotoRequestHandler):
    """Log no requests: standard error is for lines that need attention."""

    def log_request(self, *_: object) -> None:
        return


async def serve(work: Path, port: int, failing_stacks: frozenset[str]) -> None:
    logging.basicConfig(level=logging.WARNING)
    # A state's failure is in the execution's history. Here it would print pages of a parse tree.
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
    moto = _bind_moto(port)
    endpoint = f"http://127.0.0.1:{moto.server_port}"
    # The interpreter calls services at http://localhost:$MOTO_PORT.
    os.environ["MOTO_PORT"] = str(moto.server_port)
    builds, pipelines = Builds(work, endpoint), Pipelines()
    stand_ins: dict[str, StandIn | RestService] = {
        "ssm": Commands(work, endpoint).stand_in(),
        "codebuild": builds.stand_in(),
        "imagebuilder": ImageBuilder(work, pipelines),
        "inspector2": Inspector(work),
    }
    endpoints = {"endpoint": endpoint}
    for name, stand_in in stand_ins.items():
        endpoints[name] = await stand_in.start()
    service = LambdaService(work, installed(RUNTIME_REQUIREMENTS, RUNTIME), endpoints)
    hooks.install(service, work / "inbox", failing_stacks, pipelines)
    threading.Thread(target=moto.serve_forever, daemon=True).start()
    print(json.dumps(endpoints), flush=True)
    try:
        await _standard_input_closed()
    finally:
        moto.shutdown()
        await asyncio.gather(service.stop(), builds.stop_all())
        await asyncio.gather(*(stand_in.stop() for stand_in in stand_ins.values()))


def _bind_moto(port: int) -> BaseWSGIServer:
    application = DomainDispatcherApplication(create_backend_app)
    return make_server("127.0.0.1", port, application, threaded=True, request_handler=QuietHandler)


async def _standard_input_closed() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()
