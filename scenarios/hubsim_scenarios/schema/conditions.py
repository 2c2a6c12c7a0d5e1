"""Conditions of the schema: chains of `if` and `then`.

Not alternatives: of them an editor tells all that could be meant, of a chain the one mistake there is.
"""

from hubsim_scenarios.schema.definitions import Schema


def has(key: str) -> Schema:
    """Return the condition that a key is there."""
    return {"required": [key]}


def says(key: str, word: str) -> Schema:
    """Return the condition that a key has this word."""
    return {"required": [key], "properties": {key: {"const": word}}}


def chain(cases: list[tuple[Schema, Schema]], otherwise: Schema) -> Schema:
    """Return nested conditions: the first case that holds counts."""
    conditions = otherwise
    for condition, consequence in reversed(cases):
        conditions = {"if": condition, "then": consequence, "else": conditions}
    return conditions
