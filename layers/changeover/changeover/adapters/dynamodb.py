"""Items of the release table: per cluster, the lock, and one item per release and approval."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from changeover.adapters.validation_errors import problems
from changeover.errors import Conflict
from changeover.types import Value

Record = TypeVar("Record", bound=Value)

CONDITION_FAILED = ("ConditionalCheckFailed", "ConditionalCheckFailedException")


def key(cluster: str, item: str) -> dict[str, str]:
    return {"cluster": cluster, "item": item}


def item_of(item: str, record: Value) -> dict[str, Any]:
    return {"item": item, **record.model_dump(mode="json", exclude_none=True)}


def record_of(model: type[Record], item: Mapping[str, Any]) -> Record:
    """Parse an item. Raises Conflict if it does not fit the model of this version of the app."""
    try:
        return model.model_validate({name: item[name] for name in item if name != "item"})
    except ValidationError as error:
        raise Conflict(f"item {item['item']} of {item['cluster']}: {problems(error)}") from error
