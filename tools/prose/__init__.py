"""The prose linter: reads what people read in this repository, and reports words that have a plainer one."""
