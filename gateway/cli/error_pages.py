"""The pages that explain codes of findings: in a checkout below docs/, in an installed package inside it."""

from __future__ import annotations

import re
from pathlib import Path

_CODE = re.compile(r"[A-Z]+-[0-9]{3}\Z")


def error_pages() -> dict[str, Path]:
    """Each page by its code."""
    here = Path(__file__).resolve()
    packaged = here.parent / "errors"
    folder = packaged if packaged.is_dir() else here.parents[2] / "docs" / "mapping" / "errors"
    return {path.stem: path for path in sorted(folder.glob("*.md")) if _CODE.match(path.stem)}
