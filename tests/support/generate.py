"""`make docs`: write what is generated from code and tests and committed. Tests hold each page against its source."""

from __future__ import annotations

import os
from pathlib import Path

from gateway.cli.mapping_schema import FILE_NAME, schema_text
from tests.support import conformance, demo_tables, reference

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    shared = Path(os.environ.get("POQ_SHARED", ROOT.parent / "shared"))
    target = ROOT / conformance.PAGE
    known = (
        conformance.read_requirements(shared)
        if (shared / "requirements.yaml").exists()
        else conformance.requirements_of(target.read_text(encoding="utf-8"))
    )
    (ROOT / reference.PAGE).parent.mkdir(exist_ok=True)
    (ROOT / reference.PAGE).write_text(reference.page(), encoding="utf-8")
    (ROOT / "mappings" / FILE_NAME).write_text(schema_text(), encoding="utf-8")
    (ROOT / demo_tables.FILE).parent.mkdir(exist_ok=True)
    (ROOT / demo_tables.FILE).write_text(demo_tables.text(), encoding="utf-8")
    target.write_text(conformance.page(known, conformance.proofs(ROOT)), encoding="utf-8")


if __name__ == "__main__":
    main()
