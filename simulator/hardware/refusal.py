"""Hands that cannot do what they try: the refusals, by name."""


class HandRefused(Exception):
    """The act is impossible, and nothing has changed. `name` is stable, for scenarios to expect."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name
        self.text = text
