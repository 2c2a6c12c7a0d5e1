"""The processes and their commands: broker, cloud, simulator, agent, and all of them in one process."""
