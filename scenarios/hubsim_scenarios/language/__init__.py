"""The scenario language: reads YAML text into typed steps, or reports every mistake in the file at once.

Pure: it opens no scenario file and reads no clock. Only the texts of the reference come from source files.
Start at `language.Language.read`.
"""
