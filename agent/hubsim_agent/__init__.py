"""The program on the hub: it applies the desired state, persists it, and reports it.

Runs on a device with the contract and nothing else of the project.
"""
