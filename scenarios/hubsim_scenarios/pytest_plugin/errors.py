"""How a verb of a test ends when it does not hold."""


class ActionRefused(Exception):
    """A wish, a look or hands were refused. The text begins with the name of the refusal."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}" if text else name)
        self.name = name
        self.text = text


class NotSo(AssertionError):
    """What was expected is not so; or what was to be refused was granted."""


class BadVerb(TypeError):
    """A verb with words that the language of scenarios does not know. The text names those probably meant."""
