"""Long runs that look for leaks: `python -m tools.soak`."""
