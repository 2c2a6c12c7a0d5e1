"""Views in the reference: every field that `shows:` can name, with its type."""

from collections.abc import Iterator

import msgspec
from msgspec import inspect

from hubsim_contract.docstrings import documented_texts
from hubsim_scenarios.language.compiling import Compiler, without_null
from hubsim_scenarios.language.field_docs import cell

_INSTANT = "at_ms"


def seen_tables(view: type[msgspec.Struct], compiler: Compiler) -> Iterator[str]:
    """Yield the fields of a view, then the fields of each kind of mapping in it."""
    waiting: list[tuple[str, type[msgspec.Struct]]] = [("", view)]
    while waiting:
        path, struct = waiting.pop(0)
        yield f"In each of `{path}`:" if path else "Shows:"
        yield _table(struct, compiler)
        info = inspect.type_info(struct)
        assert isinstance(info, inspect.StructType)
        for field in info.fields:
            part = _part(field.type)
            if part is not None:
                waiting.append((f"{path}.{field.encode_name}" if path else field.encode_name, part))


def _table(struct: type[msgspec.Struct], compiler: Compiler) -> str:
    texts = documented_texts(struct)
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    rows = [
        f"| `{field.encode_name}` | {cell(_type(field.encode_name, field.type, compiler))} "
        f"| {cell(texts.get(field.name, ''))} |"
        for field in info.fields
    ]
    return "\n".join(["| field | is | |", "|---|---|---|", *rows])


def _type(name: str, info: inspect.Type, compiler: Compiler) -> str:
    inner, may_be_null = without_null(info)
    null = ", or `null`" if may_be_null else ""
    if isinstance(inner, inspect.IntType) and name.endswith(_INSTANT):
        return f"an instant, or its milliseconds since 1970 UTC{null}"
    if isinstance(inner, inspect.Metadata) and isinstance(inner.type, inspect.DictType):
        return f"the fields of the fact{null}"
    if isinstance(inner, inspect.DictType | inspect.StructType):
        return f"a mapping{null}"
    if _part(inner) is not None:
        return f"a list of mappings{null}"
    return compiler.shape(inner).describe() + null


def _part(info: inspect.Type) -> type[msgspec.Struct] | None:
    """Return the struct in a field or in the list of a field, else None."""
    if isinstance(info, inspect.ListType | inspect.VarTupleType):
        info = info.item_type
    return info.cls if isinstance(info, inspect.StructType) else None
