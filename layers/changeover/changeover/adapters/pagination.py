"""Answers that come in pages, where boto3 may have no paginator."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any


def pages(ask: Callable[..., Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Every page, asked for by `nextToken`.

    boto3 has paginators for Image Builder since 2025, and Lambda's own may be older.
    """
    page = ask()
    yield page
    while token := page.get("nextToken"):
        page = ask(nextToken=token)
        yield page
