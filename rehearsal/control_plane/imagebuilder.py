"""Image Builder, as far as it is asked: what became of an image that the rehearsal knows."""

import json
from pathlib import Path

from aiohttp import web


class Images:
    """GetImage, for the images described in `WORK/images/*.json` in the shape of its answer."""

    def __init__(self, work: Path) -> None:
        self._folder = work / "images"
        self._runner: web.AppRunner | None = None
        self._folder.mkdir(parents=True, exist_ok=True)

    async def start(self) -> str:
        """Its endpoint."""
        app = web.Application()
        app.router.add_get("/GetImage", self._get_image)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _get_image(self, request: web.Request) -> web.Response:
        wanted = request.query["imageBuildVersionArn"]
        for file in self._folder.glob("*.json"):
            image = json.loads(file.read_text())
            if image["arn"] == wanted:
                return web.json_response({"requestId": "rehearsal", "image": image})
        return web.json_response(
            {"message": f"The resource with ARN {wanted} does not exist."},
            status=404,
            headers={"x-amzn-ErrorType": "ResourceNotFoundException"},
        )
