"""Bytes to and from systems over HTTP: connections, limits, TLS, authentication, failover. Knows no SOAP and no REST.

The one way over HTTP for every adapter that needs it; it is no adapter itself. `options` is what a configuration says
and costs nothing to import; `client` makes the exchanges.
"""
