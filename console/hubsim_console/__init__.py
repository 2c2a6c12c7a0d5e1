"""The console: its pages on the port of the cloud, the demo and its world."""
