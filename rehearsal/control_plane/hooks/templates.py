"""CloudFormation: the two transforms that AWS applies and moto does not."""

import json
from functools import partial
from typing import Any

import boto3
import yaml
from moto.cloudformation.models import Stack
from moto.cloudformation.utils import yaml_tag_constructor
from moto.s3.models import s3_backends
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from rehearsal.control_plane.endpoints import ACCOUNT
from rehearsal.control_plane.hooks.patch import wrap

SAM = "AWS::Serverless-2016-10-31"


def install(region: str) -> None:
    # Why: moto creates nothing for AWS::Serverless::* and leaves AWS::Include as it is.
    wrap(Stack, "parse_template", by=partial(parse_and_transform, region))


def parse_and_transform(region: str, parse: Any, text: Any) -> Any:
    template = _included(_parsed(parse, text))
    transforms = template.get("Transform", [])
    if SAM in (transforms if isinstance(transforms, list) else [transforms]):
        session = boto3.Session(region_name=region)
        return Translator({}, Parser(), boto_session=session).translate(template, {})
    return template


def _parsed(parse: Any, text: str) -> Any:
    """Parse a template as JSON if possible: as YAML it takes twenty times as long."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return parse(text)


def _included(node: Any) -> Any:
    """Return `node` with each AWS::Include replaced by its file in S3."""
    match node:
        case {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": location}}}:
            rest = {key: _included(value) for key, value in node.items() if key != "Fn::Transform"}
            return _read(location) | rest
        case dict():
            return {key: _included(value) for key, value in node.items()}
        case list():
            return [_included(value) for value in node]
    return node


def _read(location: str) -> Any:
    bucket, key = location.removeprefix("s3://").split("/", 1)
    found: Any = s3_backends[ACCOUNT]["aws"].get_object(bucket, key)
    yaml.add_multi_constructor("", yaml_tag_constructor)
    return yaml.load(found.value, Loader=yaml.Loader)  # noqa: S506 - as moto reads templates
