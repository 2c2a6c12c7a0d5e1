"""The two worlds in which a scenario is played, behind one face: `scenarios.worlds.world.World`."""
