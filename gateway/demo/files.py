"""Where the demo's own files are: in a checkout beside the package, in an installed package inside it."""

from __future__ import annotations

from pathlib import Path


def demo_files() -> Path:
    """The folder with the inventory, the WSDL, the network and the example requests."""
    here = Path(__file__).resolve().parent
    packaged = here / "shipped" / "config" / "demo"
    return packaged if packaged.is_dir() else here.parents[1] / "config" / "demo"
