"""Simulated hub hardware, the carrier of its SIM cards, the cellular network, and MQTT brokers."""
