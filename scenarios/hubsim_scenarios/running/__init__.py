"""Runs many scenarios: selection, order, parallel plays, repeats, watching of files, and progress."""
