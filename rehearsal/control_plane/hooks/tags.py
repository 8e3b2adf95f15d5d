"""CloudFormation: pass the tags of a stack to its nested stacks and resources."""

from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.models import Stack, cloudformation_backends
from moto.cloudformation.utils import get_stack_from_s3_url
from moto.utilities.utils import get_partition

from rehearsal.control_plane.hooks.patch import wrap

NESTED = "AWS::CloudFormation::Stack"
# Only CloudFormation itself sets such tags: each stack has its own.
RESERVED = "aws:"


def install() -> None:
    # Why: moto creates nested stacks without tags, so that hosts in them lack the release's tags.
    wrap(parsing, "parse_resource", by=pass_tags_on)
    wrap(Stack, "create_from_cloudformation_json", by=create_nested)


def pass_tags_on(parse: Any, described: dict[str, Any], resources: Any) -> Any:
    """Merge tags: a nested stack's own tags override those of its parent."""
    parsed = parse(described, resources)
    if parsed and parsed[2] == NESTED:
        given = parsed[1]["Properties"]
        own = {tag["Key"]: tag["Value"] for tag in given.get("Tags", [])}
        parents = {k: v for k, v in resources.tags.items() if not k.startswith(RESERVED)}
        given["Tags"] = parents | own
    return parsed


def create_nested(
    _: Any, __: Any, name: str, described: dict[str, Any], account: str, region: str, **___: Any
) -> Any:
    given = described["Properties"]
    partition = get_partition(region)
    return cloudformation_backends[account][region].create_stack(
        name=name,
        template=get_stack_from_s3_url(given["TemplateURL"], account, partition),
        parameters=given.get("Parameters", {}),
        tags=given["Tags"],
    )
