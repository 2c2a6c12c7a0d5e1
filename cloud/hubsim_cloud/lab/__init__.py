"""The lab: worlds, their clocks, benches and snapshots, worked over HTTP. For servers on loopback only."""
