"""A recording keeps the order of the lines, at twice the speed and without long pauses."""

import json

from tools.pictures import WIDTH, recording


def test_a_recording_shows_every_line_at_its_time() -> None:
    lines = [(2.0, "Plan Upgrade"), (3.0, "Export Identities"), (60.0, "x" * 500)]
    head, *events = (json.loads(line) for line in recording(iter(lines)))
    assert (head["version"], head["width"]) == (2, WIDTH)
    assert [(seconds, text.strip()) for seconds, _, text in events] == [
        (0.0, "$ make rehearsal"),
        (1.0, "Plan Upgrade"),
        (1.5, "Export Identities"),
        (2.5, "x" * WIDTH),
        (6.5, ""),
    ]
