"""Plays one scenario: step handlers, expectations, verdict."""
