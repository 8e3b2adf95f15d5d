"""Read paginated answers of AWS APIs for which boto3 may have no paginator."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any


def pages(ask: Callable[..., Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield every page, following `nextToken`.

    boto3 has paginators for Image Builder since 2025, but Lambda's boto3 may be older.
    """
    page = ask()
    yield page
    while token := page.get("nextToken"):
        page = ask(nextToken=token)
        yield page
