"""A device under test: what it has, and how its hardware is operated."""
