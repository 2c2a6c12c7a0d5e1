"""The commands about scenarios; mounted by `hubsim`."""
