"""The demo Seller's legacy estate on this machine: the inventory of 1998 as a file, Nimbus of 2008 on a port.

The gateway knows nothing of it; it reaches both as it would reach any Seller's systems.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from aiohttp import web

from gateway.demo.files import demo_files
from gateway.demo.inventory import create_inventory
from gateway.demo.network import Network, load_network
from gateway.demo.simulator import SERVICE_PATH, nimbus_application

HOST = "127.0.0.1"


class LegacyEstate:
    """An async context manager: inside it, the inventory exists and Nimbus answers.

    `folder` gets the inventory file (made if it is not there; a file of an earlier run is replaced). `port` 0 takes any
    free one. `network`: another network than the demo's own. Entering raises OSError where the port is taken.
    """

    def __init__(self, folder: Path, *, port: int = 0, network: Network | None = None) -> None:
        self.inventory = folder / "inventory.sqlite"
        self.wsdl = demo_files() / "nimbus.wsdl"
        self._port = port
        self._network = network or load_network(demo_files() / "nimbus-network.yaml")
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> LegacyEstate:
        self.inventory.parent.mkdir(parents=True, exist_ok=True)
        create_inventory(self.inventory)
        runner = web.AppRunner(
            nimbus_application(self._network, self.wsdl),
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=1.0,
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, self._port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        runner, self._runner = self._runner, None
        if runner:
            await runner.cleanup()

    @property
    def inventory_url(self) -> str:
        """What a configuration says as the `url` of the SQL system."""
        return f"sqlite:///{self.inventory.resolve()}"

    @property
    def soap_url(self) -> str:
        """What a configuration says as the `endpoint` of the SOAP system. Inside the context only."""
        assert self._runner is not None, "the estate runs inside its context only"
        _, port = self._runner.addresses[0][:2]
        return f"http://{HOST}:{port}{SERVICE_PATH}"
