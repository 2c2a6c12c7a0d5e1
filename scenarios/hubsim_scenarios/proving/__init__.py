"""Proving: plays scenarios against mutants of the world, and reports the mutants that no step notices."""
