"""A TLS handshake in memory, as strict as the default of Python 3.13."""

import ssl
from pathlib import Path

from hubsim_server.certs import Issued


def handshake(issued: Issued, host: str, ca: Path | None = None) -> None:
    """Connect a client that trusts the CA to the server as `host`; raises `ssl.SSLError`."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(issued.certificate, issued.key)
    client = ssl.create_default_context(cafile=ca or issued.ca)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname=host)
    far = server.wrap_bio(to_server, to_client, server_side=True)
    while True:
        done = _step(near)
        if _step(far) and done:
            return


def _step(side: ssl.SSLObject) -> bool:
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True
