"""What the HTTP side is told at construction. Values only: where they come from is not its business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.api.identity import TrustedProxies
from gateway.authentication.parties import Parties
from gateway.lso.identifiers import Interface
from gateway.lso.operations import Side, base_path


@dataclass(frozen=True)
class ApiLimits:
    """Bounds on what one request, and one client, may take."""

    body_bytes: int = 4 * 1024 * 1024
    """Largest body, counted while reading (413)."""
    body_depth: int = 64
    """Deepest nesting of the body, the top object counted as 1 (400)."""
    body_seconds: float = 10.0
    """Time for the whole body to arrive (408)."""
    text_bytes: int = 64 * 1024
    """Longest single text of the body (400)."""
    request_line_bytes: int = 8190
    """Longest request line, target included (431)."""
    header_bytes: int = 8190
    """Longest single header (431)."""
    header_count: int = 64
    """Most headers of one request (431)."""
    header_seconds: float = 10.0
    """Time for request line and headers to arrive, once begun (408)."""
    connections: int = 2000
    connections_each: int = 500
    """Connections in all, and from one address that is no proxy's (503)."""
    rate: float | None = None
    burst: int = 200
    """Requests of one Buyer a second, and how many may come at once (429); None: any number."""
    posts: int = 500
    """POSTs in work, of all clients (503)."""
    in_flight: int = 200
    """Requests of one client that may run at the same time, their bodies being there (429)."""
    arriving: int = 100
    """Bodies that may be on their way from one address at the same time (429)."""
    retry_after_seconds: int = 5
    """What a Buyer is told to wait after 429 and 503."""
    linger_seconds: float = 5.0
    """How long the rest of a body is read and dropped after an early answer, so that the client can read the answer."""
    keep_alive_seconds: float = 75.0
    shutdown_seconds: float = 35.0
    """How long running requests may go on after the gateway was told to stop; longer than an immediate answer takes."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and value <= 0:
                raise ValueError(f"{name} must be positive, not {value}")


@dataclass(frozen=True)
class ServedInterface:
    """One interface with the versions that stand in its paths; `href_version` is the one that hrefs are made with."""

    interface: Interface
    versions: tuple[str, ...]
    href_version: str

    def __post_init__(self) -> None:
        if self.href_version not in self.versions:
            raise ValueError(f"{self.href_version} is not among the served versions of {self.interface.value}")

    def base_path(self, version: str) -> str:
        return base_path(Side.SELLER, self.interface, version)


# the guide says v2 for Cantata, the definition's server address says v8
BOTH_INTERFACES = (
    ServedInterface(Interface.SONATA, ("v8",), "v8"),
    ServedInterface(Interface.CANTATA, ("v8", "v2"), "v8"),
)


NOT_SERVED = "v8"
"""The version in hrefs of POQs whose interface was switched off."""


@dataclass(frozen=True)
class ApiSettings:
    """`public_url` is how Buyers reach the gateway (scheme and host, no path); hrefs begin with it.

    `scopes`: by operationId, of which scopes a client needs one; see `identity.check_scopes`.
    """

    public_url: str
    parties: Parties
    interfaces: tuple[ServedInterface, ...] = BOTH_INTERFACES
    limits: ApiLimits = field(default_factory=ApiLimits)
    proxies: TrustedProxies = field(default_factory=TrustedProxies)
    scopes: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def served(self, interface: Interface) -> ServedInterface:
        """An interface as it is served; one that is not (any more), as it would be."""
        found = (one for one in self.interfaces if one.interface is interface)
        return next(found, ServedInterface(interface, (NOT_SERVED,), NOT_SERVED))

    def base_href(self, served: ServedInterface) -> str:
        return self.public_url.rstrip("/") + served.base_path(served.href_version)
