"""Stepping through a play: halts, looks at every layer, steps by hand, and writing down what was done."""
