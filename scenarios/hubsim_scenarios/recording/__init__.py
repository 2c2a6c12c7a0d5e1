"""Records what users do in a world of a server, as a scenario that repeats it."""
