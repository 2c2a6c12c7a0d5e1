"""Traces as files: written by a play, shown, compared, and played again."""
