"""Warnings about scenarios that can be played but probably do not test what their author intended."""
