"""The carrier of the Ajax SIM cards, and its cellular network."""
