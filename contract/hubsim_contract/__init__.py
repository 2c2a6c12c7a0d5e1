"""The contract between cloud, carrier and hub: what is said over MQTT, and by which rules.

Pure except `mqtt.client`, the client adapter. Everything else in the project
may import this package; it imports nothing of the project.
"""
