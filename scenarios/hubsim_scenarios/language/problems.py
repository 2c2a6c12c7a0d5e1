"""The list of what is wrong with one file, while it is being read. Bounded; sorted by place at the end."""

from hubsim_scenarios.language.errors import Place, ScenarioError

MAX_ERRORS = 100
"""Later ones are counted, not kept: nobody reads them, and finding the word meant costs time."""


class Problems:
    """Collects the mistakes of one file."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._errors: list[ScenarioError] = []
        self._dropped = 0

    @property
    def full(self) -> bool:
        """Return whether further mistakes are only counted, so that no hint need be looked for."""
        return len(self._errors) >= MAX_ERRORS

    @property
    def count(self) -> int:
        """Return how many mistakes there are, kept or not."""
        return len(self._errors) + self._dropped

    def add(self, place: Place, text: str, hint: str = "") -> None:
        """Note one mistake."""
        if self.full:
            self._dropped += 1
        else:
            self._errors.append(ScenarioError(self._file, place.line, place.column, text, hint))

    def errors(self) -> tuple[ScenarioError, ...]:
        """Return the mistakes in the order of the file, with a last line for those not kept."""
        found = sorted(self._errors, key=lambda error: (error.line, error.column))
        if self._dropped:
            found.append(ScenarioError(self._file, 1, 1, f"and {self._dropped} more mistakes"))
        return tuple(found)
