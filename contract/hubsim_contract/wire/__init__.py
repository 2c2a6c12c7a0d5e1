"""The part that firmware implements: messages, topics, encoding, identifiers and rules. Pure."""
