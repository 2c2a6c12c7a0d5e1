"""The scenario language, the runner, the two worlds, and the catalog."""
