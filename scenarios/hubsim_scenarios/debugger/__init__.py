"""The scenario debugger: breakpoints, inspection, manual steps, and saving them as a scenario."""
