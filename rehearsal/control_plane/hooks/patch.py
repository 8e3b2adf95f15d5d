"""Replace one function, method or attribute of moto."""

import functools
import inspect
from collections.abc import Callable
from typing import Any


def wrap(owner: Any, name: str, by: Callable[..., Any]) -> None:
    """Make `owner.name(...)` call `by(original, ...)`. Methods pass self or cls."""
    found = inspect.getattr_static(owner, name)
    kind = type(found) if isinstance(found, classmethod | staticmethod) else None
    original = found.__func__ if kind else found

    @functools.wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return by(original, *args, **kwargs)

    put(owner, name, kind(wrapped) if kind else wrapped)


def put(owner: Any, name: str, value: Any) -> None:
    setattr(owner, name, value)
