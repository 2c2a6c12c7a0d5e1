"""Simulated hardware, the carrier behind its SIM cards, a broker model, and faults."""
