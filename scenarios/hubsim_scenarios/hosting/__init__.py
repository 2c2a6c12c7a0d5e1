"""Scenarios on a server: worlds from files, and plays that clients follow and control."""
