"""Whether a file still parses after a merge or an edit."""

import ast
import json
import warnings

import yaml

from changeover.build.line_ends import text_of
from changeover.build.tree import File

_PARSED = (".py", ".yml", ".yaml", ".json")


def parse_error(path: str, file: File) -> str:
    """Return why a Python, YAML or JSON file cannot be read, or an empty string.

    CloudFormation templates are left to the proof. A file of another kind is not looked at.
    """
    text = text_of(file)
    if text is None:
        return ""
    try:
        if path.endswith(".py"):
            quiet_parse(text)
        elif path.endswith((".yml", ".yaml")):
            for _ in yaml.compose_all(text, Loader=yaml.SafeLoader):
                pass
        elif path.endswith(".json"):
            json.loads(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError, yaml.YAMLError) as error:
        return " ".join(str(error).split()) or type(error).__name__
    return ""


def yaml_problem(error: Exception) -> str:
    """Return `:<line>: <what is wrong>` for an error of a YAML file, to put after its name."""
    mark = getattr(error, "problem_mark", None)
    line = f":{mark.line + 1}" if mark else ""
    told = getattr(error, "problem", None) or str(error)
    return f"{line}: it is not valid YAML: {' '.join(str(told).split())}"


def newly_broken(path: str, before: File | None, after: File) -> str:
    """Return why a file cannot be read that could be read before, or an empty string."""
    if before is not None:
        if parse_error(path, before):
            return ""
        if path.endswith(_PARSED) and text_of(before) is not None and text_of(after) is None:
            return "it is no longer UTF-8 text"
    return parse_error(path, after)


def quiet_parse(text: str) -> ast.Module:
    """Parse Python that may be written for an older version. Raises SyntaxError."""
    with warnings.catch_warnings():  # of a needless backslash, for example
        warnings.simplefilter("ignore")
        return ast.parse(text)
