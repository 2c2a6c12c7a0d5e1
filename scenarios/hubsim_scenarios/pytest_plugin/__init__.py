"""The pytest plugin: scenario files as tests, and the verbs of scenarios for tests in Python."""
