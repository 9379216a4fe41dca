#!/usr/bin/env python3
"""Stand-in for the web site openebs.github.io: serves /site over https with the certificate in /certificate."""

import functools
import http.server
import ssl

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/certificate/site.crt", "/certificate/site.key")
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="/site")
with http.server.ThreadingHTTPServer(("", 443), handler) as server:
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()
