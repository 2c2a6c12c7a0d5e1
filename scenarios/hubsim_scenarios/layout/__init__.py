"""The layout of scenario files, in which `hubsim fmt` and other commands write them."""
