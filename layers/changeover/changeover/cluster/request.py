"""What a person or an event may ask for, read so that every fault is named at once."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from changeover.types import CandidateName, ClusterName, ImageBuildArn, ImageId, Value


class UpgradeRequest(Value):
    """The state machine's input; `{}` asks for the next release on live's image."""

    cluster: ClusterName | None = None
    release: CandidateName | None = None
    image: ImageId | None = None
    image_build: ImageBuildArn | None = None


_MEANT = {
    "cluster": "a cluster's name, such as hpc",
    "release": "a release's name, such as hpc-r7",
    "image": "an AMI's id, such as ami-0123456789abcdef0",
    "image_build": "the ARN of an image that Image Builder has built",
}
_JSON_KINDS = {
    list: "a list",
    str: "a string",
    bool: "a truth value",
    int: "a number",
    float: "a number",
}


def read_request(raw: Any) -> tuple[UpgradeRequest, list[str]]:
    """The request as far as it can be understood, and everything that is wrong with the rest."""
    if raw is None:
        return UpgradeRequest(), []
    if not isinstance(raw, dict):
        kind = _JSON_KINDS.get(type(raw), "something else")
        return UpgradeRequest(), [f"the input is {kind}; it must be an object, such as {{}}"]
    fields = UpgradeRequest.model_fields
    good: dict[str, Any] = {}
    problems = [
        f"{name}: no such field; known are {', '.join(fields)}" for name in raw.keys() - fields
    ]
    for name in raw.keys() & fields:
        try:
            good[name] = TypeAdapter(fields[name].rebuild_annotation()).validate_python(raw[name])
        except ValidationError:
            problems.append(f"{name}: {raw[name]!r} is not {_MEANT[name]}")
    if "image" in good and "image_build" in good:
        problems.append("image and image_build: give one of them")
    return UpgradeRequest(**good), sorted(problems)
