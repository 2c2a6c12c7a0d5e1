"""The scenario language: from YAML text to typed steps, or to every mistake of the file at once.

Pure: no file is opened here and no clock is read; the reference alone looks into sources for its texts.
 Start at `language.Language.read`.
"""
