"""From what was done in a world of the lab to a scenario that does it again."""
