"""What `sam build` and `sam package` do: local paths in a template become objects in a bucket."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

from rehearsal.control_plane.layers import File, folder_files, layer_files

Template = dict[str, Any]
Put = Callable[[str, bytes], None]

LOCAL = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
    "AWS::Serverless::Application": "Location",
    "AWS::CloudFormation::Stack": "TemplateURL",
}


class Packaging:
    """Uploads with `put(key, body)` to `bucket`. Keys are digests: equal content is put once."""

    def __init__(self, bucket: str, put: Put, build: Path) -> None:
        self._bucket = bucket
        self._put = put
        self._build = build
        self._done: set[str] = set()

    def package(self, path: Path) -> Template:
        """Upload the local files of the template and its nested templates. Return the template."""
        template: Template = _include(load_template(path), path.parent, self._upload)
        for resource in template["Resources"].values():
            name = LOCAL.get(resource["Type"], "")
            place = resource.get("Properties", {}).get(name)
            if isinstance(place, str) and "://" not in place:
                local = (path.parent / place).resolve(strict=True)
                resource["Properties"][name] = self._uploaded(resource["Type"], local)
        return template

    def _uploaded(self, kind: str, local: Path) -> str:
        match kind:
            case "AWS::Serverless::Function":
                return self._upload(".zip", zipped(folder_files(local)))
            case "AWS::Serverless::LayerVersion":
                return self._upload(".zip", zipped(layer_files(local, self._build)))
            case "AWS::Serverless::StateMachine":
                return self._upload(local.suffix, local.read_bytes())
        nested = json.dumps(self.package(local)).encode()
        place = self._upload(".template", nested).removeprefix("s3://")
        return f"https://s3.amazonaws.com/{place}"

    def _upload(self, suffix: str, body: bytes) -> str:
        key = hashlib.sha256(body).hexdigest()[:32] + suffix
        if key not in self._done:
            self._put(key, body)
            self._done.add(key)
        return f"s3://{self._bucket}/{key}"


def load_template(path: Path) -> Template:
    """Parse a template, and convert its short tags (!Ref) to their long forms."""
    loaded: Template = yaml.load(path.read_text(), Loader=_TemplateLoader)  # noqa: S506 - a SafeLoader
    return loaded


def zipped(files: Iterable[File]) -> bytes:
    """An uncompressed zip file. The same content always gives the same bytes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as into:
        for name, path in sorted(files):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o644 << 16
            into.writestr(entry, path.read_bytes())
    return archive.getvalue()


def _include(node: Any, folder: Path, upload: Callable[[str, bytes], str]) -> Any:
    match node:
        case {"Fn::Transform": {"Name": "AWS::Include", "Parameters": parameters}}:
            local = folder / parameters["Location"]
            parameters["Location"] = upload(local.suffix, local.read_bytes())
            return node
        case dict():
            return {key: _include(value, folder, upload) for key, value in node.items()}
        case list():
            return [_include(value, folder, upload) for value in node]
    return node


class _TemplateLoader(yaml.CSafeLoader):
    """CloudFormation's short tags, read as their long forms."""


def _intrinsic(loader: yaml.CSafeLoader, tag: str, node: yaml.Node) -> Template:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_TemplateLoader.add_multi_constructor("!", _intrinsic)
