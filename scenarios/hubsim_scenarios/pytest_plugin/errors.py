"""The errors of verbs in tests."""


class ActionRefused(Exception):
    """A command, a query or a bench action was refused. The text begins with the name of the refusal."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}" if text else name)
        self.name = name
        self.text = text


class ExpectationFailed(AssertionError):
    """An expectation failed, or an action was accepted although a refusal was expected."""


class BadVerb(TypeError):
    """A verb was called with words that are not in the scenario language. The text suggests similar ones."""
