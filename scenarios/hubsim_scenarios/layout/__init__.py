"""The one layout of scenario files: how `hubsim fmt` and programs write them."""
