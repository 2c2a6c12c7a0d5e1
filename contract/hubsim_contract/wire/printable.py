"""Texts of peers in a form that is safe to show: one line, and no character that a terminal acts on."""


def printable(text: str) -> str:
    """Return the text with its control characters escaped as in Python."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
