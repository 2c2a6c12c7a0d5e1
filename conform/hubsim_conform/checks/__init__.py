"""The checks: small scripts that bring a device into a situation, and wait for its reaction with a bound."""
