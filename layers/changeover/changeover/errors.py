"""The ways in which a step can fail. Each class says what the workflow does next.

ChangeoverError
├── Refused     nothing was changed: correct the input or its surroundings, and start again
├── Unhealthy   a check of the candidate failed: roll back; the live release is unchanged
├── Transient   a service or host is busy or unreachable: the state machine retries
└── Conflict    AWS differs from what was recorded: a person must look

Step Functions receives the name of the class as the error, and the message as the cause. A message
says what is wrong, where, and what to do. It never contains a password, a hash or a token.
"""

from collections.abc import Sequence


class ChangeoverError(Exception):
    """Base class of every failure that a step raises on purpose."""


class Refused(ChangeoverError):
    """Nothing was changed."""


class Unhealthy(ChangeoverError):
    """A check of the candidate or of an image failed. `problems` lists the reasons if several."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class Transient(ChangeoverError):
    """The same call may succeed when it is retried."""


class Conflict(ChangeoverError):
    """To continue could destroy something that another person or system owns."""
