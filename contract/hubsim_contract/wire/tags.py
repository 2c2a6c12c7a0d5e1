"""The names of tagged records on the wire and in files."""


def snake(name: str) -> str:
    """Return the tag of a class: `StopNow` becomes `stop_now`."""
    return "".join("_" + char.lower() if char.isupper() else char for char in name).lstrip("_")
