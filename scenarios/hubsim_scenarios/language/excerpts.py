"""Shortens long texts for a message, without losing the part that matters. Pure."""

ELLIPSIS = "..."
_LEAD_SHARE = 3
"""The part of an excerpt before the difference: one third, so that the difference has two thirds."""


def shortened(text: str, width: int) -> str:
    """Return the beginning of the text, at most `width` characters with the mark for the rest."""
    return text if len(text) <= width else text[: width - len(ELLIPSIS)] + ELLIPSIS


def around_difference(first: str, second: str, width: int) -> tuple[str, str]:
    """Return both texts, each at most `width` characters long, with their first difference in view.

    A text that fits is returned whole. `...` stands for what is left out, at either end.
    """
    pairs = enumerate(zip(first, second, strict=False))
    at = next((index for index, (one, other) in pairs if one != other), min(len(first), len(second)))
    return _excerpt(first, at, width), _excerpt(second, at, width)


def _excerpt(text: str, at: int, width: int) -> str:
    """Return the part of the text around an index."""
    if len(text) <= width:
        return text
    begin = max(0, min(at - width // _LEAD_SHARE, len(text) - width))
    if begin == 0:
        return shortened(text, width)
    shown = ELLIPSIS + text[begin + len(ELLIPSIS) :]
    return shortened(shown, width)
