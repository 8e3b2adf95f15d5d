"""The ways a step can fail, named for what the workflow must do next.

ChangeoverError
├── Refused     nothing was changed: correct the input or its surroundings, and start again
├── Unhealthy   the candidate is no good: go back, live is as it was
├── Transient   a neighbour is busy or out of reach: the state machine tries again
└── Conflict    the world is not as recorded: a person must look

Step Functions sees the class's name as the error and the message as its cause. A message says what
is wrong, where, and what to do about it; it never holds a password, a hash or a token.
"""


class ChangeoverError(Exception):
    """Root of every failure that a step ends with on purpose."""


class Refused(ChangeoverError):
    """Nothing was changed."""


class Unhealthy(ChangeoverError):
    """What was made does not hold."""


class Transient(ChangeoverError):
    """The same call may work in a moment."""


class Conflict(ChangeoverError):
    """Going on could destroy something that somebody else owns."""
