"""The language in which plays are described, and the texts in Polish."""
