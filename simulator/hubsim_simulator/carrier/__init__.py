"""The carrier behind the Ajax SIM cards, and the cellular network it lets them use."""
