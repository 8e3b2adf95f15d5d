"""The input of the upgrade state machine, read so that every error is reported at once."""

from typing import Any

from pydantic import StrictBool, TypeAdapter, ValidationError

from changeover.types import CandidateName, ClusterName, ImageBuildArn, ImageId, Value


class UpgradeRequest(Value):
    """The state machine's input. `{}` asks for the next release on the next or live's image.

    `build_only` builds and checks the release, reports what the build changed, and deploys nothing.
    """

    cluster: ClusterName | None = None
    release: CandidateName | None = None
    image: ImageId | None = None
    image_build: ImageBuildArn | None = None
    build_only: StrictBool = False


_MEANT = {
    "cluster": "a cluster's name, such as hpc",
    "release": "a release's name, such as hpc-r7",
    "image": "an AMI's id, such as ami-0123456789abcdef0",
    "image_build": "the ARN of an image that Image Builder has built",
    "build_only": "true or false",
}
_JSON_KINDS = {
    list: "a list",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
}


def read_request(raw: Any) -> tuple[UpgradeRequest, list[str]]:
    """Return the valid part of the request, and one problem for each invalid part, sorted."""
    if raw is None:
        return UpgradeRequest(), []
    if not isinstance(raw, dict):
        kind = _JSON_KINDS.get(type(raw), "something else")
        return UpgradeRequest(), [f"the input is {kind}; it must be an object, such as {{}}"]
    fields = UpgradeRequest.model_fields
    good: dict[str, Any] = {}
    problems = [
        f"{name}: no such field; known fields are {', '.join(fields)}"
        for name in raw.keys() - fields
    ]
    for name in raw.keys() & fields:
        try:
            good[name] = TypeAdapter(fields[name].rebuild_annotation()).validate_python(raw[name])
        except ValidationError:
            problems.append(f"{name}: {raw[name]!r} is not {_MEANT[name]}")
    if "image" in good and "image_build" in good:
        problems.append("image and image_build: give only one of them")
    return UpgradeRequest(**good), sorted(problems)
