"""SNS: e-mails go to the inbox folder."""

import json
import threading
from functools import partial
from pathlib import Path
from typing import Any

from moto.sns.models import Subscription

from rehearsal.control_plane.hooks.patch import wrap


def install(inbox: Path) -> None:
    # Why: moto confirms e-mail subscriptions at once and then delivers nothing to them.
    wrap(Subscription, "publish", by=partial(deliver, Inbox(inbox)))


class Inbox:
    """Write each e-mail to a numbered JSON file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writing = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, to: str, subject: str | None, message: str) -> None:
        with self._writing:
            number = len(list(self._folder.glob("*.json"))) + 1
            unfinished = self._folder / f"{number:03}.part"
            mail = {"to": to, "subject": subject or "AWS Notification Message", "message": message}
            unfinished.write_text(json.dumps(mail, indent=2) + "\n")
            unfinished.rename(unfinished.with_suffix(".json"))


def deliver(inbox: Inbox, publish: Any, self: Any, message: str, *rest: Any, **more: Any) -> None:
    if self.protocol == "email":
        inbox.put(self.endpoint, more.get("subject"), message)
    else:
        publish(self, message, *rest, **more)
