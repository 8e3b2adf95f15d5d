"""The ways a step can fail, named for what the workflow must do next.

ChangeoverError
├── Refused     nothing was changed: correct the input or its surroundings, and start again
├── Unhealthy   the candidate is no good: go back, live is as it was
├── Transient   a neighbor is busy or out of reach: the state machine tries again
└── Conflict    the world is not as recorded: a person must look

Step Functions sees the class's name as the error and the message as its cause. A message says what
is wrong, where, and what to do about it; it never holds a password, a hash or a token.
"""

from collections.abc import Sequence


class ChangeoverError(Exception):
    """Root of every failure that a step ends with on purpose."""


class Refused(ChangeoverError):
    """Nothing was changed."""


class Unhealthy(ChangeoverError):
    """What was made does not hold; `problems` names each reason where a judgment found several."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class Transient(ChangeoverError):
    """The same call may work in a moment."""


class Conflict(ChangeoverError):
    """Going on could destroy something that somebody else owns."""
