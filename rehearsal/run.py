"""One rehearsal from its first second to its last: start, watch, approve, look at what is true."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from changeover.approval import Decision
from rehearsal import approver, findings, life
from rehearsal.live import View
from rehearsal.load import summary
from rehearsal.options import Options
from rehearsal.people import People
from rehearsal.report.record import Record
from rehearsal.scenario import Approver, Scenario
from rehearsal.stage import CANDIDATE, CLUSTER, LIVE, Stage, StageError

_LOOK_SECONDS = 0.25
_VIEW_SECONDS = 1
_QUIET_SECONDS = 1
_LONGEST_SECONDS = 900
_SHARE_THAT_CHANGES = 100
_OTHER_OWNER = "arn:aws:states:us-east-1:123456789012:execution:changeover-hpc:another-run"


class Rehearsal:
    """Drives one execution on a set stage; `passwords` is what opens whose account by now."""

    def __init__(self, stage: Stage, options: Options, people: People, view: View) -> None:
        self._stage, self._options, self._view = stage, options, view
        self._scenario: Scenario = options.scenario
        self._people = people
        self.passwords = dict(people.passwords)
        self._running = threading.Event()
        self._trouble: list[BaseException] = []

    def run(self) -> Record:
        """Start an upgrade as the console does and wait until it has ended."""
        started = datetime.now(UTC)
        if self._scenario.locked:
            self._hold_lock()
        time.sleep(_QUIET_SECONDS)
        self._execution = self._start()
        self._running.set()
        with ExitStack() as helpers:
            for work in (self._answer_mail, self._strike_late):
                self._in_background(helpers, work)
            helpers.callback(self._running.clear)
            self._watch()
        time.sleep(_QUIET_SECONDS)
        if self._trouble:
            raise self._trouble[0]
        return self._record(started)

    def _start(self) -> str:
        answer = self._stage.aws.client("stepfunctions").start_execution(
            stateMachineArn=self._stage.outputs["UpgradeStateMachineArn"],
            name=self._scenario.name,
            input="{}",
        )
        return str(answer["executionArn"])

    def _hold_lock(self) -> None:
        """What another run, with hours to go, has written."""
        expires = datetime.now(UTC).replace(year=datetime.now(UTC).year + 1)
        self._stage.aws.client("dynamodb").update_item(
            TableName=self._stage.outputs["ReleasesTableName"],
            Key={"cluster": {"S": CLUSTER}, "item": {"S": "lock"}},
            UpdateExpression="SET #owner = :owner, expires_at = :until",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={
                ":owner": {"S": _OTHER_OWNER},
                ":until": {"S": expires.isoformat()},
            },
        )

    def _watch(self) -> None:
        steps = self._stage.aws.client("stepfunctions")
        deadline = time.monotonic() + _LONGEST_SECONDS
        view_due = 0.0
        while True:
            running = steps.describe_execution(executionArn=self._execution)["status"] == "RUNNING"
            if not running or time.monotonic() >= view_due:
                events = self._history()
                self._view.update(events, summary(self._stage.traffic))
                view_due = time.monotonic() + _VIEW_SECONDS
            if not running or self._trouble:
                return
            if time.monotonic() > deadline and not self._options.me:
                raise StageError(f"the execution did not end within {_LONGEST_SECONDS} s")
            time.sleep(_LOOK_SECONDS)

    def _in_background(self, helpers: ExitStack, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - told by the main thread
                self._trouble.append(error)

        thread = threading.Thread(target=guarded, name=work.__name__)
        thread.start()
        helpers.callback(thread.join)

    def _answer_mail(self) -> None:
        """Live changes while people wait; a gateway scans the mail; then somebody decides."""
        question = approver.await_question(self._stage.inbox, self._running.is_set)
        if question is None:
            return
        self._view.note(f"mail to the approver: {question.link}")
        if self._scenario.approver is Approver.SILENT:
            return
        self._live_on()
        if 200 in (statuses := approver.scan(question)):  # noqa: PLR2004 - HTTP's OK
            raise RuntimeError(f"a mail scanner could decide: {statuses}")
        if self._options.me:
            self._view.note(f"the mail's code is {question.code}: open the link and decide")
        else:
            approves = self._scenario.approver is Approver.APPROVES
            approver.decide(question, Decision.APPROVED if approves else Decision.REJECTED)
            self._view.note("the approver " + self._scenario.approver)

    def _live_on(self) -> None:
        host = life.host_of(self._stage.work, LIVE)
        if self._people.given:
            return
        browsing = 20
        share = max(len(self.passwords) // _SHARE_THAT_CHANGES, 1)
        changing = list(self.passwords)[browsing : browsing + share]
        for lived in (
            life.change_passwords(host, changing, "Renewed"),
            life.come_and_go(host),
        ):
            self.passwords |= lived.passwords
        self._view.note(f"meanwhile on live: {len(changing)} passwords change, people come and go")

    def _strike_late(self) -> None:
        """Once users are on the candidate: it fails, and somebody has changed a password on it."""
        if not self._scenario.late_faults:
            return
        while self._running.is_set():
            if findings.last_output(self._history(), "Shift Traffic"):
                host = life.host_of(self._stage.work, CANDIDATE)
                somebody = list(self.passwords)[-1:]
                self.passwords |= life.change_passwords(host, somebody, "Candidate").passwords
                for fault in self._scenario.late_faults:
                    host.fault(fault).touch()
                return
            time.sleep(0.1)

    def _record(self, started: datetime) -> Record:
        stage, events = self._stage, self._history()
        ended = stage.aws.client("stepfunctions").describe_execution(executionArn=self._execution)
        outcome = self._outcome()
        shifted = findings.last_output(events, "Shift Traffic")
        return Record(
            scenario=self._scenario.name,
            expected=self._scenario.outcome,
            outcome=outcome.get("outcome", "none"),
            cause=outcome.get("cause", ended.get("cause", "")),
            status=ended["status"],
            started=started,
            ended=datetime.now(UTC),
            history=events,
            invocations=[
                each
                for each in _lines(stage.work / "invocations.jsonl")
                if each["start"] >= started.timestamp()
            ],
            requests=_lines(stage.traffic),
            traffic=summary(stage.traffic),
            identities=findings.identities(stage, self.passwords),
            freeze_seconds=shifted.get("freeze_seconds"),
            lock="held" if findings.lock(stage) == "held" else "free",
            live_release=findings.live_release(stage),
            listener_final=findings.listener(stage),
            mails=[
                json.loads(path.read_text()) | {"t": path.stat().st_mtime}
                for path in sorted(stage.inbox.glob("*.json"))
            ],
            candidate=CANDIDATE,
            image=findings.last_output(events, "Plan Upgrade").get("image", ""),
        )

    def _history(self) -> list[dict[str, Any]]:
        return findings.history(self._stage, self._execution)

    def _outcome(self) -> dict[str, Any]:
        """The workflow's own word, which the findings then have to bear out."""
        run = self._execution.rpartition(":")[2]
        s3, bucket = self._stage.aws.client("s3"), self._stage.outputs["EvidenceBucketName"]
        try:
            body = s3.get_object(Bucket=bucket, Key=f"runs/{run}/outcome.json")["Body"]
        except s3.exceptions.NoSuchKey:
            return {}
        return dict(json.load(body))


def _lines(path: Any) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
