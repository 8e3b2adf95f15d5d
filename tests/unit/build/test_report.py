from changeover.build.report import (
    Item,
    Kind,
    Verdict,
    as_json,
    blocked,
    counted,
    from_json,
    open_actions,
)

ITEMS = (
    Item(Kind.REPAIR, "boundary", Verdict.APPLIED, "each role needs it"),
    Item(Kind.FILE, "source/a", Verdict.ACTION_NEEDED, "nothing reads it", do="move it"),
    Item(Kind.FILE, "source/b", Verdict.ACTION_NEEDED, "CRLF", accepted=True),
    Item(Kind.INTENT, "packages", Verdict.BLOCKED, "no such list", lines="3", vendor="x"),
)


def test_only_blocked_items_end_the_build() -> None:
    assert [item.id for item in blocked(ITEMS)] == ["intent:packages"]


def test_an_accepted_action_is_not_open() -> None:
    assert [item.id for item in open_actions(ITEMS)] == ["file:source/a"]


def test_every_verdict_is_counted() -> None:
    assert counted(ITEMS) == {
        "applied": 1,
        "applied with change": 0,
        "already upstream": 0,
        "action needed": 2,
        "blocked": 1,
    }


def test_json_round_trip_keeps_every_field() -> None:
    assert from_json(as_json(ITEMS)) == ITEMS
