"""Shapes of words with a known form: SIM slots, and texts that match a regular expression."""

import re

from hubsim_scenarios.language.comparisons import WordGroup
from hubsim_scenarios.language.errors import BadText, quoted
from hubsim_scenarios.language.nodes import Scalar
from hubsim_scenarios.language.read_context import ReadContext
from hubsim_scenarios.language.scalars import ChoiceShape, IntegerShape, WordShape
from hubsim_scenarios.language.vocabulary import TextForm, WordList

_SLOT = re.compile(r"[1-9][0-9]{0,2}")
_MONTH_OF_ONE_DIGIT = re.compile(r"([0-9]{4})-([1-9])")
_ANY_SLOT = IntegerShape()


class ListedShape(ChoiceShape):
    """One of the words of a list. A step that expects a refusal may have any other word."""

    def __init__(self, words: WordList) -> None:
        groups = {name: WordGroup(name, members) for name, members in words.groups.items()}
        super().__init__(words.what, {**groups, **{word: word for word in words.words}})

    def value(self, word: Scalar, reading: ReadContext) -> object:
        """Return the word, or the pattern of a group of words."""
        return word.text if reading.refused else super().value(word, reading)


class SlotShape(WordShape):
    """The number of a SIM slot, from 1: a slot that the hub in question has, if the file shows its model.

    A step that expects a refusal may have any number.
    """

    def value(self, word: Scalar, reading: ReadContext) -> int:
        """Return the number."""
        if reading.refused:
            return _ANY_SLOT.number(word.text)
        if not _SLOT.fullmatch(word.text):
            raise BadText(f"{quoted(word.text)} is not {self.describe()}")
        number, hub = int(word.text), reading.slots
        if hub is not None and number > hub.slots:
            have = "1 SIM slot" if hub.slots == 1 else f"{hub.slots} SIM slots"
            text = f"there is no slot {number}: {hub.owner} has {have}"
            raise BadText(text, "use slot 1" if hub.slots == 1 else f"use a slot from 1 to {hub.slots}")
        return number

    def describe(self) -> str:
        """Return what an author may write."""
        return "the number of a SIM slot, from 1"


class FormShape(WordShape):
    """A text in one form, for example a month `2026-01`."""

    def __init__(self, form: TextForm) -> None:
        self.form = form

    def value(self, word: Scalar, reading: ReadContext) -> str:
        """Return the text."""
        del reading
        if not re.fullmatch(self.form.pattern, word.text):
            raise BadText(f"{quoted(word.text)} is not {self.form.what}", self._hint(word.text))
        return word.text

    def describe(self) -> str:
        """Return what an author may write."""
        return f"{self.form.what} such as {self.form.example}"

    def _hint(self, text: str) -> str:
        padded = _MONTH_OF_ONE_DIGIT.sub(r"\1-0\2", text)
        if padded != text and re.fullmatch(self.form.pattern, padded):
            return f"did you mean {padded!r}?"
        return f"for example {self.form.example}"
