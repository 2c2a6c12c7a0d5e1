"""The HTTP API: the one door for people. What may be done and seen is decided in `hubsim_cloud.domain`."""
