"""The report of a run: lines for a terminal, JSON, JUnit XML and HTML."""
