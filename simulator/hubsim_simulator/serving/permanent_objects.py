"""Creation of many permanent objects without pauses by the garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def creating_permanent_objects() -> Iterator[None]:
    """Disable the garbage collector within the context, then exclude all objects from future collections.

    A cloud creates millions of permanent objects when it starts, and a simulator a thousand for each hub.
    Collections during the start would take as long as the start itself. Later each full collection would
    pause the process, for a second with 100,000 hubs.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
    gc.freeze()
