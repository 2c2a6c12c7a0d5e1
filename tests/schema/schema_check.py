"""Validates scenario files with the schema, read as YAML 1.2 like in an editor."""

import re
from functools import cache
from typing import Any

import jsonschema_rs
import msgspec

from hubsim_scenarios.language.nodes import Mapping, Node, Scalar, Sequence, compose
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.schema.schema import scenario_schema

_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


@cache
def validator() -> Any:
    return jsonschema_rs.Draft7Validator(msgspec.json.decode(scenario_schema()))


def schema_errors(text: str) -> list[str]:
    """Return the errors of the schema in a file, each with the path to its place."""
    problems = Problems("x.yaml")
    root = compose(text, problems)
    assert root is not None, problems.errors()
    errors = validator().iter_errors(json_value(root))
    return [f"{'.'.join(map(str, error.instance_path))}: {error.message}" for error in errors]


def json_value(node: Node) -> object:
    """Return the JSON value that an editor makes of a node."""
    match node:
        case Mapping(entries):
            return {key.text: json_value(value) for key, value in entries}
        case Sequence(items):
            return [json_value(item) for item in items]
        case Scalar(text, plain):
            return _core(text) if plain else text


def _core(text: str) -> object:
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
