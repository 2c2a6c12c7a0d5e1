"""Updates expected values in scenario files to what a play has seen."""
