"""The contract as files for other languages: AsyncAPI, JSON Schema, examples and test vectors. Pure."""
