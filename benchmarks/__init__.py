"""Measurements that anybody can take again: `make bench`. Rates and times are printed, never asserted."""
