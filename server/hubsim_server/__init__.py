"""The command line and the composition of the processes: broker, cloud, simulator, agent, and all in one."""
