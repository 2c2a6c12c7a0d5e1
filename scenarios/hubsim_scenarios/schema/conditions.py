"""Conditions of the schema: chains of `if` and `then`.

A chain and not `anyOf`: for alternatives an editor reports a mistake in each of them, for a chain only the
mistake in the case that applies.
"""

from hubsim_scenarios.schema.definitions import Schema


def has(key: str) -> Schema:
    """Return the condition that a key is present."""
    return {"required": [key]}


def says(key: str, word: str) -> Schema:
    """Return the condition that a key has this word."""
    return {"required": [key], "properties": {key: {"const": word}}}


def chain(cases: list[tuple[Schema, Schema]], otherwise: Schema) -> Schema:
    """Return nested conditions: the first case whose condition is true applies."""
    conditions = otherwise
    for condition, consequence in reversed(cases):
        conditions = {"if": condition, "then": consequence, "else": conditions}
    return conditions
