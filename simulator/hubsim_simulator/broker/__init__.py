"""The MQTT broker between the stations: a model for the virtual world, real brokers for the live world."""
