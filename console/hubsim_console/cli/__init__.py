"""The commands that the console adds, and those that serve it."""
