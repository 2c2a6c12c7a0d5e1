"""The environment of one device under test: broker, tap, cloud, power and hardware, on sockets."""
