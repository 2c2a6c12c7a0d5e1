"""The product that scenarios are about: its vocabulary, its guide, and its scenario files."""
