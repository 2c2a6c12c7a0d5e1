"""One running cloud world and the set of them in a process. Knows nothing of the lab."""
