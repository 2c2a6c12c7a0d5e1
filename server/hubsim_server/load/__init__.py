"""The load of a fleet: behaviour profiles, measurements, and the report."""
