"""One run of an SSM document on one host, as GetCommandInvocation returns it."""

from dataclasses import dataclass
from pathlib import Path

from rehearsal.host.ssm_agent import RunningDocument, begin_document


@dataclass
class Invocation:
    """One document on one host."""

    command: str
    instance: str
    document: str
    version: str | None  # none: the default
    content: Path
    parameters: dict[str, str]
    status: str = "InProgress"
    code: int = -1
    stdout: str = ""
    stderr: str = ""
    seen: bool = False
    running: RunningDocument | None = None

    def run(self, host: Path, moto: str) -> tuple[int, str, str]:
        self.running = begin_document(self.content, self.parameters, host, moto)
        if self.status == "Cancelled":  # canceled before it began
            self.running.kill()
        return self.running.wait()

    def cancel(self) -> None:
        self.status = "Cancelled"
        if self.running:
            self.running.kill()
