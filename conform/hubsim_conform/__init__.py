"""The bench for devices that are not simulated: a real hub, a board, or a program in any language."""
