"""The commands for scenarios, which are part of `hubsim`."""
