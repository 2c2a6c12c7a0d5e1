"""The internal protocol between a cloud's lab and the simulator. Real hubs do not implement it."""
