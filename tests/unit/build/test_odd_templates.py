"""Templates with random mistakes: a build ends with a report, never with a traceback."""

import random

import pytest

from changeover.build.merge import Release
from changeover.build.release import Sources, build
from changeover.build.report import blocked
from changeover.build.tree import File
from tests.support.release_trees import SETTINGS, TOP, stand_in

NESTED = ("Security", "Viewer", "Configuration", "Analytics", "Scheduler")
PATHS = [TOP, *(f"source/templates/{name}.template" for name in NESTED)]


def mistaken(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(lines))
        line = lines[at]
        lines[at : at + 1] = chance.choice(
            [
                [],
                [f"  {line}"],
                [line[2:]],
                [line.replace("!Ref", "!GetAtt")],
                [line, chance.choice(lines)],
                [line.partition(":")[0] + ": {}"],
                [line.replace(":", ": []", 1)],
            ]
        )
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(40))
def test_a_mistake_is_reported_or_harmless(seed: int) -> None:
    chance = random.Random(seed)
    path = chance.choice(PATHS)
    text = mistaken(stand_in()[path].data.decode(), chance)
    tree = {**stand_in(), path: File(text.encode())}
    built = build(Sources(Release("2.6.1", tree)), SETTINGS)
    assert all(item.why for item in built.items)
    if not blocked(built.items):
        again = build(Sources(Release("2.6.1", built.tree)), SETTINGS)
        assert again.tree == built.tree
