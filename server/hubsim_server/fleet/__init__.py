"""A fleet of several simulator processes, started and watched as one, and the load that it makes."""
