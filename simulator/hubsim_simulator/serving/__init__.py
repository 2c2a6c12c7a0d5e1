"""The simulator as a process: carrier and fleet on a real broker, worked by hands, a lab, and real time."""
