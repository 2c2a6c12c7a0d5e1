"""The MQTT broker between the stations: a model for the virtual world, real ones for the live world."""
