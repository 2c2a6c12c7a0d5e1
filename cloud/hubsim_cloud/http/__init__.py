"""The HTTP API, the only interface for people. `hubsim_cloud.domain` decides what they may do and see."""
