"""The contract between cloud, carrier and hub: what is said over MQTT, and by which rules.

Pure but for one leaf, `contract.mqtt`, which is the client adapter. Everything else in the project
may import this package; it imports nothing of the project.
"""
