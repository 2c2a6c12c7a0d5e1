"""Repeatable measurements: `make bench`. They print rates and times, and assert none."""
