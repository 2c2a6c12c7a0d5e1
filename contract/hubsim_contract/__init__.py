"""The contract between cloud, carrier and hub: the MQTT messages and their rules.

Pure, except `mqtt.client`, the client adapter. Every other package of the project may import this one;
it imports none of them.
"""
