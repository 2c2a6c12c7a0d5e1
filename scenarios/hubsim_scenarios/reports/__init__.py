"""Reports of a run: JUnit XML for CI servers, JSON for programs, one HTML page for people."""
