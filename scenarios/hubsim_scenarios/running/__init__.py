"""Running many scenarios: which, in which order, side by side, again, and what is seen meanwhile."""
