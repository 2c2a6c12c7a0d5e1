"""Judges: pure functions from a recording of one device to violations, each with the id of one rule."""
