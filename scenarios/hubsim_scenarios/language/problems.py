"""The list of mistakes in one file while it is read. Bounded; sorted by place at the end."""

from hubsim_scenarios.language.errors import Place, ScenarioError

MAX_ERRORS = 100
"""Later mistakes are only counted: a longer list does not help the author, and suggestions cost time."""


class Problems:
    """Collects the mistakes of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._errors: list[ScenarioError] = []
        self._dropped = 0
        self._suppressed = 0

    @property
    def full(self) -> bool:
        """Return whether further mistakes are only counted, so that they need no hint."""
        return len(self._errors) >= MAX_ERRORS

    @property
    def count(self) -> int:
        """Return the number of mistakes, kept or not."""
        return len(self._errors) + self._dropped + self._suppressed

    def add(self, place: Place, text: str, hint: str = "") -> None:
        """Add one mistake."""
        if self.full:
            self._dropped += 1
        else:
            self._errors.append(ScenarioError(self.file, place.line, place.column, text, hint))

    def merge(self, other: "Problems") -> None:
        """Add the mistakes of another list about the same file, without those that are already here."""
        known = set(self._errors)
        for error in other.errors():
            if error not in known:
                self.add(Place(error.line, error.column), error.text, error.hint)

    def suppress(self) -> None:
        """Count a mistake that follows from another one, which is already on the list."""
        self._suppressed += 1

    def errors(self) -> tuple[ScenarioError, ...]:
        """Return the mistakes in the order of the file, with a last line for those only counted."""
        found = sorted(self._errors, key=lambda error: (error.line, error.column))
        if self._dropped:
            mistakes = "mistake" if self._dropped == 1 else "mistakes"
            found.append(ScenarioError(self.file, 1, 1, f"and {self._dropped} more {mistakes}"))
        return tuple(found)
