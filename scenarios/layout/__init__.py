"""The one layout of scenario files."""
