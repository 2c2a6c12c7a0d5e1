"""The kinds of world in which a scenario is played. All implement `hubsim_scenarios.worlds.world.World`."""
