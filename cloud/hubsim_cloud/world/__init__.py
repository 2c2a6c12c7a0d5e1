"""One running cloud world, and all cloud worlds of a process. Does not depend on the lab."""
