"""Events during a run: users change live, the approver answers the e-mail, the candidate fails."""

import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from types import TracebackType
from typing import Self

from changeover.upgrade.approval.gate import Decision
from rehearsal.actors import activity, approver
from rehearsal.actors.population import People
from rehearsal.console.view import View
from rehearsal.host.folder import HostFolder
from rehearsal.load import summary
from rehearsal.options import Options
from rehearsal.outcome.live_state import look_at_live
from rehearsal.scenario import Approver, Scenario
from rehearsal.stack_updates import StackUpdates
from rehearsal.stage import CANDIDATE, LIVE, Stage
from rehearsal.tampering import tamper_with_installer

_SHARE_THAT_CHANGES = 100
_LOOK_SECONDS = 0.1
_UPDATE_SECONDS = 0.5


class Meanwhile:
    """Threads that run inside `with`. `trouble` has a sentence for each error in them.

    `passwords` are the current passwords by user. `live_before` is the state of live after the
    last change that was made here.
    """

    def __init__(self, stage: Stage, options: Options, people: People, view: View) -> None:
        self._stage, self._options, self.people, self._view = stage, options, people, view
        self._scenario: Scenario = options.scenario
        self.passwords = dict(people.passwords)
        self.newcomers = 0
        self.question: approver.Question | None = None
        self.trouble: list[str] = []
        self.live_before = look_at_live(stage)
        self._running = threading.Event()
        work = (self._answer_mail, self._strike_late, self._update_stack)
        self._threads = [threading.Thread(target=self._guarded, args=(each,)) for each in work]

    def __enter__(self) -> Self:
        self._running.set()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._running.clear()
        for thread in self._threads:
            thread.join()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - told by the verdict
            self.trouble.append(f"{type(error).__name__}: {error}")

    def _answer_mail(self) -> None:
        """Change live while the run waits, scan the e-mail as a mail gateway does, then decide."""
        self.question = approver.await_question(self._stage.inbox, self._running.is_set)
        if self.question is None:
            return
        self._view.note(f"e-mail to the approver: {self.question.link}")
        statuses = approver.scan(self.question)
        if any(status < HTTPStatus.BAD_REQUEST for status in statuses):
            raise RuntimeError(f"a mail scanner could decide: {statuses}")
        if self._scenario.approver is not Approver.SILENT:
            self._live_on()
            self._change_installer()
            self._decide(self.question)

    def _decide(self, question: approver.Question) -> None:
        if self._options.me:
            self._view.note(f"the code in the e-mail is {question.code}: open the link and decide")
        else:
            approves = self._scenario.approver is Approver.APPROVES
            approver.decide(question, Decision.APPROVED if approves else Decision.REJECTED)
            self._view.note("the approver " + self._scenario.approver)

    def _live_on(self) -> None:
        host = activity.host_of(self._stage.work, LIVE)
        changed = self._change(host, "Renewed")
        if not self.people.given:
            self._remember(activity.come_and_go(host))
        self.live_before = look_at_live(self._stage)
        self._view.note(f"meanwhile on live: {changed} people change, and some come and go")

    def _change_installer(self) -> None:
        if self._scenario.installer_tampered:
            key = tamper_with_installer(self._stage)
            self._view.note(f"meanwhile somebody changes {key} in the evidence bucket")

    def _strike_late(self) -> None:
        """Change an entry on the candidate when users are on it, then make it fail."""
        if not self._scenario.late_faults:
            return
        while self._running.is_set():
            if CANDIDATE in summary(self._stage.traffic)["by_release"]:
                host = activity.host_of(self._stage.work, CANDIDATE)
                self._change(host, "Candidate")
                for fault in self._scenario.late_faults:
                    host.fault(fault).touch()
                return
            time.sleep(_LOOK_SECONDS)

    def _update_stack(self) -> None:
        """Update the app's stack before, during and after the shift."""
        if not self._scenario.stack_updated:
            return
        updates, met = StackUpdates(self._stage), set[str]()
        while self._running.is_set():
            updates.update()
            met |= summary(self._stage.traffic)["by_release"].keys()
            time.sleep(_UPDATE_SECONDS)
        if met != {LIVE, CANDIDATE}:
            raise RuntimeError(f"no update of the stack met users on {LIVE} and on {CANDIDATE}")
        self._view.note(f"the app's stack was updated {updates.made} times meanwhile")

    def _change(self, host: HostFolder, mark: str) -> int:
        """Change passwords of users who do not browse, but none in a person's own directory."""
        others = [each for each in self.passwords if each not in self._stage.browsing]
        if self.people.given or not others:
            self._remember(activity.describe(host, next(iter(self.passwords)), mark))
            return 1
        changing = others[: max(len(self.passwords) // _SHARE_THAT_CHANGES, 1)]
        self._remember(activity.change_passwords(host, changing, mark))
        return len(changing)

    def _remember(self, lived: activity.Lived) -> None:
        self.passwords |= lived.passwords
        self.newcomers += lived.newcomers
