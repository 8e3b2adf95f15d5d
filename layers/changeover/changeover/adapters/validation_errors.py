"""Describe validation errors by field and problem, never by value."""

from pydantic import ValidationError


def problems(error: ValidationError) -> str:
    """Return every problem in one line, such as `traffic.bake_seconds: Field required; …`."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{_place(problem['loc'])}: {problem['msg']}" for problem in found)


def _place(path: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in path) or "the input"
