"""The two worlds in which a scenario is played, behind one face: `hubsim_scenarios.worlds.world.World`."""
