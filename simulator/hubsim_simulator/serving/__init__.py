"""The simulator as a process: carrier and fleet on a real broker, controlled by bench actions and a lab."""
