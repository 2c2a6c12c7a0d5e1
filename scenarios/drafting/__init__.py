"""Steps written down by a program: as a person would write them, in the layout of `hubsim fmt`."""
