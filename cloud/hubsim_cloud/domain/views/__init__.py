"""What people see: each query answered with a frozen record of stable names, never of display text."""
