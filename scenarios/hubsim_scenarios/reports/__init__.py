"""Reports of a run: text on the terminal, JUnit XML for CI servers, JSON for programs, HTML for people."""
