"""Runs the checks on devices, and makes a verdict for each rule from their outcomes."""
