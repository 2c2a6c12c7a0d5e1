"""The data files of the console: the built pages, the seeds, the story of the demo."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_INSTALLED_PAGES, _CHECKOUT_PAGES = _PACKAGE / "static", _PACKAGE.parent / "static"
PAGES = _INSTALLED_PAGES if _INSTALLED_PAGES.is_dir() else _CHECKOUT_PAGES
"""The built pages: inside the package in a wheel, next to it in a checkout."""
SEEDS = _PACKAGE / "seeds"
DEMO = "demo"
"""The name of the seed with which `hubsim demo` starts."""
DEMO_SEED = SEEDS / f"{DEMO}.yaml"
STORY = _PACKAGE / "story" / "story.json"
"""The story that a presenter shows with the demo."""
DEMO_PASSWORD = "hubsim-demo"  # noqa: S105 (people of a demo; docs/console.md has it)
"""The password of all people of the demo, for the form with which people sign in."""
