"""How a core uses an MQTT connection: the port vocabulary, the link state machine, and the client adapter."""
