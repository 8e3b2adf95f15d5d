"""One rehearsal from start to end: start the run, watch it, check the facts."""

import json
import time
from datetime import UTC, datetime
from typing import Any

from changeover.upgrade.finish import Outcome
from rehearsal.account import CLUSTER
from rehearsal.background import Meanwhile
from rehearsal.console.view import View
from rehearsal.emitted_metrics import metrics
from rehearsal.json_lines import read_lines
from rehearsal.load import summary
from rehearsal.options import Options, expected
from rehearsal.outcome import observations
from rehearsal.outcome.leftovers import await_gone
from rehearsal.report.record import Record
from rehearsal.scenario import NoUpgrade
from rehearsal.stage import CANDIDATE, LIVE, Stage
from rehearsal.triggers import Beginning

OTHER_OWNER = "arn:aws:states:us-east-1:123456789012:execution:changeover-hpc:another-run"
_LOOK_SECONDS = 0.5
_VIEW_SECONDS = 2
_QUIET_SECONDS = 1
_LONGEST_SECONDS = 900


class Rehearsal:
    """Runs one execution on a prepared stage, while the threads of `meanwhile` run."""

    def __init__(self, stage: Stage, options: Options, meanwhile: Meanwhile, view: View) -> None:
        self._stage, self._options, self._view = stage, options, view
        self._meanwhile = meanwhile
        self._steps = stage.aws.client("stepfunctions")
        self._beginning = Beginning(stage, options.scenario)

    def run(self) -> Record:
        """Start an upgrade as the scenario says, and wait for its end."""
        started = datetime.now(UTC)
        if self._options.scenario.locked:
            self._hold_lock()
        time.sleep(_QUIET_SECONDS)
        with self._meanwhile:
            self._beginning.begin()
            self._watch()
        time.sleep(_QUIET_SECONDS)
        if self._outcome().get("outcome") in (
            *(Outcome.DISCARDED, Outcome.REJECTED, Outcome.BUILT),
        ):
            await_gone(self._stage)
        return self._record(started)

    def _hold_lock(self) -> None:
        """Write the lock of another run that has hours left."""
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
        """Watch until the execution ends, the time is over, or a background thread fails."""
        deadline = time.monotonic() + _LONGEST_SECONDS
        view_due = 0.0
        while True:
            running = self._described()["status"] == "RUNNING"
            if not running or time.monotonic() >= view_due:
                self._view.update(self._history(), summary(self._stage.traffic))
                view_due = time.monotonic() + _VIEW_SECONDS
            if running and time.monotonic() > deadline and not self._options.me:
                self._meanwhile.trouble.append(f"the run lasted more than {_LONGEST_SECONDS} s")
            if not running or self._meanwhile.trouble:
                return
            time.sleep(_LOOK_SECONDS)

    def _record(self, started: datetime) -> Record:
        stage, events, ended = self._stage, self._history(), self._described()
        outcome = self._outcome()
        plan = observations.last_output(events, "Plan Upgrade")
        shifted = observations.last_output(events, "Shift Traffic")
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
                for each in read_lines(stage.work / "invocations.jsonl")
                if each["start"] >= started.timestamp()
            ],
            requests=read_lines(stage.traffic),
            traffic=summary(stage.traffic),
            identities=observations.identities(
                stage, self._meanwhile.passwords, self._meanwhile.people
            ),
            freeze_seconds=shifted.get("freeze_seconds"),
            late_changes=observations.last_output(events, "Freeze Directory").get("changes"),
            lock=observations.lock(stage),
            live_release=observations.live_release(stage),
            listener_final=observations.listener(stage),
            mails=[
                json.loads(path.read_text()) | {"t": path.stat().st_mtime}
                for path in sorted(stage.inbox.glob("*.json"))
            ],
            metrics=metrics(stage.work, started),
            candidate=CANDIDATE,
            image=plan.get("image", ""),
            images=observations.images(
                stage,
                {LIVE: plan.get("live", {}).get("image"), CANDIDATE: plan.get("image")},
            ),
        )

    def _described(self) -> dict[str, Any]:
        """The last execution, as DescribeExecution returns it. Status NONE if none was started."""
        if not self._beginning.executions:
            return {"status": "NONE"}
        last = self._beginning.executions[-1]
        return dict(self._steps.describe_execution(executionArn=last))

    def _history(self) -> list[dict[str, Any]]:
        """The histories of all executions, one after the other."""
        started = self._beginning.executions
        return [event for each in started for event in observations.history(self._stage, each)]

    def _outcome(self) -> dict[str, Any]:
        """The outcome that the workflow reports. The checks must confirm it."""
        if self._options.scenario.outcome is NoUpgrade.NO_UPGRADE:
            return self._no_upgrade()
        run = self._beginning.executions[-1].rpartition(":")[2]
        s3, bucket = self._stage.aws.client("s3"), self._stage.outputs["EvidenceBucketName"]
        try:
            body = s3.get_object(Bucket=bucket, Key=f"runs/{run}/outcome.json")["Body"]
        except s3.exceptions.NoSuchKey:
            return {}
        return dict(json.load(body))

    def _no_upgrade(self) -> dict[str, Any]:
        """The reason in the e-mail. Empty if an upgrade was started."""
        if observations.upgrades(self._stage):
            return {}
        told = [json.loads(path.read_text()) for path in sorted(self._stage.inbox.glob("*.json"))]
        cause = told[-1]["message"] if told else ""
        return {"outcome": NoUpgrade.NO_UPGRADE, "cause": cause}
