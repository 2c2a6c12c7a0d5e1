"""What the tap has seen of a device: packets in their order, as connections and messages. Pure."""
