"""The tap: a proxy before any MQTT broker that records each packet and can apply faults to packets.

`tap_core.PacketTap` is the pure core, `proxy.TapProxy` its shell on sockets. `packet_faults` and `fault_rule`
have the faults, `tap_events` the records, `tap_records` their form as JSON and as lines, `pcapng` their form
for Wireshark.
"""
