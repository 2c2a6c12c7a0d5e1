"""Programs for those who work on hubsim. Nothing here is installed with it."""
