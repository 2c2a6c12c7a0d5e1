"""What a good reviewer says about a scenario that can be played."""
