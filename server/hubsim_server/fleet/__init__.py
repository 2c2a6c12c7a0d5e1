"""A fleet of several simulator processes, started and watched together."""
