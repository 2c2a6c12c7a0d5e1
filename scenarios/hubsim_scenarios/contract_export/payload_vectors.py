"""Payloads with the verdict of a receiver and the rule that each breaks: valid ones, and one a mistake.

The verdicts are not computed by the decoder. They follow from how a payload was made, so that they test it.
"""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from hubsim_contract.wire.codec import MAX_PAYLOAD_BYTES, SHAPES, subject_of
from hubsim_contract.wire.limits import DETAIL_CHARS_MAX
from hubsim_contract.wire.topics import MessageKind, Topics
from hubsim_scenarios.contract_export.message_examples import EXAMPLES

Json = dict[str, Any]
_TOPICS = Topics()
_OF_OTHER_TYPES: dict[str, tuple[Any, ...]] = {
    "string": (7, True, []),
    "integer": ("7", 1.5, True, []),
    "boolean": (1, "true"),
    "array": ({}, "x"),
    "object": ([], "x"),
}
"""Values of other types, by the type of a field."""
_OTHER_HUB, _OTHER_CARD = "0A1B2C3E", "89883000000000000029"


class PayloadVector(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One payload on one topic, and what its receiver must find."""

    name: str
    kind: MessageKind
    topic: str
    payload: str | msgspec.UnsetType = msgspec.UNSET
    """The payload as text in UTF-8. A vector has either this or `payload_hex`."""
    payload_hex: str = ""
    """The payload in hex, if it is not text; never empty."""
    pad_to_bytes: int = 0
    """If it is not 0: spaces follow the payload up to this size."""
    verdict: Literal["taken", "faulty", "refused"]
    """`faulty`: a receiver takes the message, but its sender has broken a rule."""
    rule: str = ""
    place: str = ""
    """The field at fault of a faulty message."""

    def bytes(self) -> bytes:
        """Return the payload."""
        data = bytes.fromhex(self.payload_hex) if self.payload is msgspec.UNSET else self.payload.encode()
        return data.ljust(self.pad_to_bytes)


def payload_vectors() -> Iterator[PayloadVector]:
    """Yield the payloads of all kinds."""
    for kind in MessageKind:
        yield from _PayloadsOf(kind).all()


class _PayloadsOf:
    """Makes the payloads of one kind of message."""

    def __init__(self, kind: MessageKind) -> None:
        self._kind = kind
        self._example: Json = msgspec.to_builtins(EXAMPLES[kind])
        self._topic = _TOPICS.of(kind, subject_of(EXAMPLES[kind]))
        _, self._schemas = msgspec.json.schema_components((SHAPES[kind],), ref_template="{name}")
        self._root = self._schemas[SHAPES[kind].__name__]
        self._least = _required(self._example, self._root, self._schemas)

    def all(self) -> Iterator[PayloadVector]:
        """Yield valid payloads, then those that are refused, then those with a value of a wrong form."""
        yield self._made("the example", self._example)
        yield self._made("only the required fields", self._least)
        yield self._made("an unknown field", {**self._least, "colour": {"of": ["the", "case"]}})
        text = msgspec.json.encode(self._least).decode()
        yield self._text("as large as possible", text, "taken", pad_to_bytes=MAX_PAYLOAD_BYTES)
        yield self._text("one byte too large", text, "refused", "MQ-10.size_in", MAX_PAYLOAD_BYTES + 1)
        yield from self._not_json(text)
        yield from self._fields(self._root, self._least, ())
        yield from self._versions()
        for name, other in (("hub", _OTHER_HUB), ("iccid", _OTHER_CARD)):
            if name in self._least:
                yield self._made(f"another {name} than its topic", {**self._least, name: other}, "MQ-7.hub")
        for name, path, value, rule in _FORMS.get(self._kind, ()):
            document = _with(self._example, path, value)
            yield self._row(name, msgspec.json.encode(document).decode(), "faulty", rule, _place(path))

    def _not_json(self, text: str) -> Iterator[PayloadVector]:
        yield self._text("an empty payload", "", "refused", "MQ-7.json")
        yield self._text("text that ends too early", text[:-1], "refused", "MQ-7.json")
        yield self._text("text after the object", text + "}", "refused", "MQ-7.json")
        yield self._text("a byte order mark", "\ufeff" + text, "refused", "MQ-7.json")
        yield self._text("NaN, which is not JSON", text[:-1] + ',"x":NaN}', "refused", "MQ-7.json")
        for name, other in (("null", "null"), ("a list", "[]"), ("a number", "1"), ("a text", '"{}"')):
            yield self._text(f"{name} in place of the object", other, "refused", "MQ-7.json")
        latin = text.encode().replace(b"{", b'{"x":"\xe9",', 1)
        row = self._text("bytes that are not UTF-8", "", "refused", "MQ-7.json")
        yield msgspec.structs.replace(row, payload=msgspec.UNSET, payload_hex=latin.hex())

    def _fields(self, schema: Json, document: Json, path: tuple[str | int, ...]) -> Iterator[PayloadVector]:
        """Yield one payload for each mistake in a field of the object at this path."""
        for name, field in schema["properties"].items():
            if name == "contract":
                continue
            here = (*path, name)
            place, forms = _place(here), list(_alternatives(field, self._schemas))
            if name in schema["required"]:
                less = {key: value for key, value in document.items() if key != name}
                yield self._whole(f"without {place}", path, less, "MQ-7.shape")
            nullable = any(form.get("type") == "null" for form in forms)
            yield self._whole(
                f"null in {place}", path, {**document, name: None}, "" if nullable else "MQ-7.shape"
            )
            for form in forms:
                yield from self._form(form, name, document, path)

    def _form(
        self, form: Json, name: str, document: Json, path: tuple[str | int, ...]
    ) -> Iterator[PayloadVector]:
        place = _place((*path, name))
        if "enum" in form:
            yield self._whole(
                f"an unknown word in {place}", path, {**document, name: "no_such_word"}, "MQ-7.words"
            )
            yield self._whole(f"a number in {place}", path, {**document, name: 7}, "MQ-7.shape")
            return
        for wrong in _OF_OTHER_TYPES.get(form["type"], ()):
            shown = msgspec.json.encode(wrong).decode()
            yield self._whole(f"{shown} in {place}", path, {**document, name: wrong}, "MQ-7.shape")
        for bound, beyond in (("minimum", -1), ("maximum", 1)):
            if bound in form:
                value = form[bound] + beyond
                yield self._whole(f"{value} in {place}", path, {**document, name: value}, "MQ-7.words")
        if "properties" in form:
            yield from self._fields(form, document[name], (*path, name))
        if form["type"] == "array":
            item = self._schemas[form["items"]["$ref"]]
            if "enum" in item:
                wrong_item = {**document, name: ["no_such_word"]}
                yield self._whole(f"an unknown word in {place}", path, wrong_item, "MQ-7.words")
            else:
                first = _required(self._example_at((*path, name, 0)), item, self._schemas)
                yield from self._fields(item, first, (*path, name, 0))

    def _versions(self) -> Iterator[PayloadVector]:
        for version in (0, -1, 2):
            yield self._made(
                f"contract version {version}", {**self._least, "contract": version}, "MQ-9.version"
            )
        yield self._made("contract version 2, and nothing else", {"contract": 2}, "MQ-9.version")
        yield self._made("a text as contract version", {**self._least, "contract": "1"}, "MQ-7.shape")

    def _example_at(self, path: tuple[str | int, ...]) -> Json:
        found: Any = self._example
        for step in path:
            found = found[step]
        return dict(found)

    def _whole(self, name: str, path: tuple[str | int, ...], part: Json, rule: str) -> PayloadVector:
        """Return the payload with this object at the path."""
        return self._made(name, _with(self._least, path, part) if path else part, rule)

    def _made(self, name: str, document: Json, rule: str = "") -> PayloadVector:
        verdict: Literal["taken", "refused"] = "refused" if rule else "taken"
        return self._text(name, msgspec.json.encode(document).decode(), verdict, rule)

    def _text(
        self,
        name: str,
        payload: str,
        verdict: Literal["taken", "refused"],
        rule: str = "",
        pad_to_bytes: int = 0,
    ) -> PayloadVector:
        return self._row(name, payload, verdict, rule, pad_to_bytes=pad_to_bytes)

    def _row(
        self,
        name: str,
        payload: str,
        verdict: Literal["taken", "faulty", "refused"],
        rule: str,
        place: str = "",
        pad_to_bytes: int = 0,
    ) -> PayloadVector:
        return PayloadVector(
            name=f"{self._kind}: {name}",
            kind=self._kind,
            topic=self._topic,
            payload=payload,
            pad_to_bytes=pad_to_bytes,
            verdict=verdict,
            rule=rule,
            place=place,
        )


_SIMS = ("hardware", "sims")
_FORMS: dict[MessageKind, tuple[tuple[str, tuple[str | int, ...], Any, str], ...]] = {
    MessageKind.REPORTED: (
        ("a charge that is not a step of 5", ("hardware", "battery_percent"), 42, "MQ-7.words"),
        ("a negative charge", ("hardware", "battery_percent"), -5, "MQ-7.words"),
        ("a charge above 100", ("hardware", "battery_percent"), 105, "MQ-7.words"),
        ("a channel twice", ("hardware", "channels"), ["wifi", "wifi"], "MQ-7.words"),
        ("an active slot that is not there", ("hardware", "active_sim"), 9, "MQ-7.words"),
        (
            "a slot twice",
            _SIMS,
            [{"slot": 1, "card": "missing"}, {"slot": 1, "card": "missing", "iccid": None}],
            "MQ-7.words",
        ),
        ("an ICCID with a wrong check digit", (*_SIMS, 0, "iccid"), "89883000000000000012", "MQ-7.iccid"),
        ("an ICCID of another industry", (*_SIMS, 0, "iccid"), "79883000000000000012", "MQ-7.iccid"),
        ("an ICCID that is too short", (*_SIMS, 0, "iccid"), "898830000000000013", "MQ-7.iccid"),
        ("an ICCID with the filler of a modem", (*_SIMS, 0, "iccid"), "8988300000000000013F", "MQ-7.iccid"),
        ("an ICCID with spaces", (*_SIMS, 0, "iccid"), "8988 3000 0000 0000 0011", "MQ-7.iccid"),
        ("an empty ICCID", (*_SIMS, 0, "iccid"), "", "MQ-7.iccid"),
    ),
    MessageKind.EVENTS: (
        ("a kind in CamelCase", ("kind",), "LidOpened", "MQ-7.words"),
        ("an empty kind", ("kind",), "", "MQ-7.words"),
        ("a detail that is too long", ("detail",), "x" * (DETAIL_CHARS_MAX + 1), "MQ-10.detail"),
    ),
}
"""Values of a wrong form: name, path, value, and the rule that the sender breaks."""


def _required(document: Json, schema: Json, schemas: dict[str, Json]) -> Json:
    """Return the document with its required fields only."""
    found = {}
    for name in schema["required"]:
        value = document[name]
        inner = schemas.get(schema["properties"][name].get("$ref", ""), {})
        found[name] = _required(value, inner, schemas) if "properties" in inner else value
    return found


def _alternatives(field: Json, schemas: dict[str, Json]) -> Iterator[Json]:
    """Yield the forms that a field can have, without references."""
    for form in field.get("anyOf", [field]):
        yield {**form, **schemas.get(form.get("$ref", ""), {})}


def _with(document: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """Return a copy of the document with this value at the path; lists get the items that they lack."""
    if not path:
        return value
    step, *rest = path
    if isinstance(step, int):
        items = list(document or [])
        items[step : step + 1] = [_with(items[step] if step < len(items) else {}, tuple(rest), value)]
        return items
    return {**document, step: _with(document.get(step), tuple(rest), value)}


def _place(path: tuple[str | int, ...]) -> str:
    """Return a path as text, for example `hardware.sims[0].iccid`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
