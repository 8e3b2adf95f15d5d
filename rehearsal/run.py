"""One rehearsal from its first second to its last: start, watch, look at what is true."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from changeover.ending import Outcome
from rehearsal import findings
from rehearsal.account import CLUSTER
from rehearsal.live import View
from rehearsal.load import summary
from rehearsal.meanwhile import Meanwhile
from rehearsal.options import Options, expected
from rehearsal.proof.left_over import await_gone
from rehearsal.report.record import Record
from rehearsal.stage import CANDIDATE, Stage

OTHER_OWNER = "arn:aws:states:us-east-1:123456789012:execution:changeover-hpc:another-run"
_LOOK_SECONDS = 0.25
_VIEW_SECONDS = 1
_QUIET_SECONDS = 1
_LONGEST_SECONDS = 900


class Rehearsal:
    """Drives one execution on a set stage, while `meanwhile` goes on."""

    def __init__(self, stage: Stage, options: Options, meanwhile: Meanwhile, view: View) -> None:
        self._stage, self._options, self._view = stage, options, view
        self._meanwhile = meanwhile
        self._steps = stage.aws.client("stepfunctions")

    def run(self) -> Record:
        """Start an upgrade as the console does and wait until it has ended."""
        started = datetime.now(UTC)
        if self._options.scenario.locked:
            self._hold_lock()
        time.sleep(_QUIET_SECONDS)
        self._execution = self._start()
        with self._meanwhile:
            self._watch()
        time.sleep(_QUIET_SECONDS)
        if self._outcome().get("outcome") in (Outcome.DISCARDED, Outcome.REJECTED):
            await_gone(self._stage)
        return self._record(started)

    def _start(self) -> str:
        answer = self._steps.start_execution(
            stateMachineArn=self._stage.outputs["UpgradeStateMachineArn"],
            name=self._options.scenario.name,
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
                ":owner": {"S": OTHER_OWNER},
                ":until": {"S": expires.isoformat()},
            },
        )

    def _watch(self) -> None:
        """Until the execution, the patience or the people's luck has ended."""
        deadline = time.monotonic() + _LONGEST_SECONDS
        view_due = 0.0
        while True:
            running = self._described()["status"] == "RUNNING"
            if not running or time.monotonic() >= view_due:
                self._view.update(self._history(), summary(self._stage.traffic))
                view_due = time.monotonic() + _VIEW_SECONDS
            if running and time.monotonic() > deadline and not self._options.me:
                self._meanwhile.trouble.append(f"it went on for more than {_LONGEST_SECONDS} s")
            if not running or self._meanwhile.trouble:
                return
            time.sleep(_LOOK_SECONDS)

    def _record(self, started: datetime) -> Record:
        stage, events, ended = self._stage, self._history(), self._described()
        outcome = self._outcome()
        shifted = findings.last_output(events, "Shift Traffic")
        return Record(
            scenario=self._options.scenario.name,
            expected=expected(self._options, outcome.get("outcome", "")).outcome,
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
            identities=findings.identities(stage, self._meanwhile.passwords),
            freeze_seconds=shifted.get("freeze_seconds"),
            late_changes=findings.last_output(events, "Freeze Directory").get("changes"),
            lock=findings.lock(stage),
            live_release=findings.live_release(stage),
            listener_final=findings.listener(stage),
            mails=[
                json.loads(path.read_text()) | {"t": path.stat().st_mtime}
                for path in sorted(stage.inbox.glob("*.json"))
            ],
            candidate=CANDIDATE,
            image=findings.last_output(events, "Plan Upgrade").get("image", ""),
        )

    def _described(self) -> dict[str, Any]:
        return dict(self._steps.describe_execution(executionArn=self._execution))

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


def _lines(path: Path) -> list[Any]:
    """The last line may be half written."""
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]
