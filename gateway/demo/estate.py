"""The demo Seller's legacy estate on this machine: the inventory of 1998 as a file, Nimbus of 2008 on a port.

The gateway knows nothing of it; it reaches both as it would reach any Seller's systems.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from gateway.demo.files import demo_files
from gateway.demo.inventory import create_inventory
from gateway.demo.loopback import Loopback
from gateway.demo.network import Network, load_network
from gateway.demo.simulator import SERVICE_PATH, nimbus_application


class LegacyEstate(Loopback):
    """An async context manager: inside it, the inventory exists and Nimbus answers.

    `folder` gets the inventory file (made if it is not there; a file of an earlier run is replaced, once the port is
    ours). `port` 0 takes any free one. `network`: another network than the demo's own. Entering raises OSError where
    the port is taken.
    """

    def __init__(self, folder: Path, *, port: int = 0, network: Network | None = None) -> None:
        self.inventory = folder / "inventory.sqlite"
        self.wsdl = demo_files() / "nimbus.wsdl"
        known = network or load_network(demo_files() / "nimbus-network.yaml")
        super().__init__(nimbus_application(known, self.wsdl), port=port)

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        try:
            self.inventory.parent.mkdir(parents=True, exist_ok=True)
            create_inventory(self.inventory)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    @property
    def inventory_url(self) -> str:
        """What a configuration says as the `url` of the SQL system."""
        return f"sqlite:///{self.inventory.resolve()}"

    @property
    def soap_url(self) -> str:
        """What a configuration says as the `endpoint` of the SOAP system. Inside the context only."""
        return f"{self.url}{SERVICE_PATH}"
