"""The process of the load: ends on SIGTERM, with its parent, or when its time is over."""

import argparse
import asyncio
import json
import os
import signal
from contextlib import AsyncExitStack, suppress
from itertools import cycle, islice
from pathlib import Path

from aiohttp import ClientSession, ClientTimeout, CookieJar
from yarl import URL

from rehearsal.load.user import User

PATIENCE = ClientTimeout(total=10)
LOOK_SECONDS = 0.5


def main() -> None:
    asyncio.run(_run(_arguments()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m rehearsal.load", description=__doc__)
    parser.add_argument("--url", type=URL, required=True, help="URL of the front door")
    parser.add_argument("--credentials", type=Path, required=True, help="JSON: {name: password}")
    parser.add_argument("--out", type=Path, required=True, help="file of JSON lines")
    parser.add_argument("--users", type=int, default=8)
    parser.add_argument("--rate", type=float, default=25, help="requests per second in all")
    parser.add_argument("--seconds", type=float, default=3600, help="longest run")
    return parser.parse_args()


async def _run(arguments: argparse.Namespace) -> None:
    accounts: dict[str, str] = json.loads(arguments.credentials.read_text())
    pause = arguments.users / arguments.rate
    async with AsyncExitStack() as stack:
        out = stack.enter_context(arguments.out.open("a", buffering=1))
        users = []
        for name, password in islice(cycle(accounts.items()), arguments.users):
            browser = await stack.enter_async_context(_browser(arguments.url))
            users.append(User(browser, name, password, pause, out))
        await _until_the_end(users, arguments.seconds)


def _browser(url: URL) -> ClientSession:
    # It stands for a load balancer with HTTPS, so it must get cookies marked Secure.
    jar = CookieJar(unsafe=True, treat_as_secure_origin=url.origin())
    return ClientSession(url, cookie_jar=jar, timeout=PATIENCE)


async def _until_the_end(users: list[User], seconds: float) -> None:
    lives = asyncio.create_task(_live(users))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lives.cancel)
    orphaned = asyncio.create_task(_orphaned(os.getppid()))
    await asyncio.wait([lives, orphaned], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    lives.cancel()
    with suppress(asyncio.CancelledError):
        await lives


async def _live(users: list[User]) -> None:
    async with asyncio.TaskGroup() as together:
        for user in users:
            together.create_task(user.live())


async def _orphaned(parent: int) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 (there is no event for a parent's death)
        await asyncio.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    main()
