"""Bytes to and from systems over HTTP: connections, limits, TLS, authentication, failover. Knows no SOAP and no REST.

The one way over HTTP for every adapter that needs it. It is no adapter itself.
"""

from __future__ import annotations

from adapters.http.client import HttpClient, HttpRequest
from adapters.http.options import Authentication, HttpOptions, HttpUrl, OAuth2, Tls
from adapters.http.reading import HttpAnswer

__all__ = ["Authentication", "HttpAnswer", "HttpClient", "HttpOptions", "HttpRequest", "HttpUrl", "OAuth2", "Tls"]
