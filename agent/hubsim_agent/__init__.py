"""The program on the hub. It applies the desired state, persists it and reports it.

Needs only the contract of this project, so it can run on a device.
"""
