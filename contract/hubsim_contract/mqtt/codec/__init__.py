"""The codec of MQTT 3.1.1 control packets: values, bytes, and a reader for streams of both directions.

- `packets`: one frozen record for each of the 14 packets, and the errors.
- `encoding`: `encode(packet)` returns the bytes of a packet.
- `decoding`: `PacketReader` turns a stream into packets, `FrameReader` turns it into the raw bytes of
  packets, and `decode` turns the bytes of one packet into its record.

The codec has no state of a connection except the bytes of an incomplete packet. It uses no socket, clock or
event loop. A client, a broker and a proxy can therefore use it alike:

    reader = PacketReader(Sender.CLIENT, limit_bytes=1_000_000)   # what a broker reads
    for packet in reader.feed(chunk):                             # any chunk that the socket returned
        ...
    transport.write(encode(ConnackPacket(session_present=False)))

Decoding is total. Any bytes give packets, or `MalformedPacket` at the first fault. It checks all that a
single packet can violate, with the number of the normative statement in the error. The order of packets, the
syntax of topics (4.7) and the meaning of packet ids are the task of its users.
"""
