"""`poq-gateway mapping schema`: the language as JSON Schema (draft 7), for editors of YAML.

An editor finds it by the first line of a mapping: `# yaml-language-server: $schema=mapping.schema.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from gateway.assembly.kinds import KINDS
from gateway.cli import DONE, UNREADABLE
from gateway.mapping.editor import editor_schema

FILE_NAME = "mapping.schema.json"
MODELINE = f"# yaml-language-server: $schema={FILE_NAME}"
"""The first line of a mapping, which leads an editor to the schema beside it."""


def add(group: Any) -> None:
    """Add the command to its group."""
    parser = group.add_parser("schema", help="print the JSON Schema of mapping files", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write it into this file")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0: printed or written, 2: the file cannot be written."""
    text = schema_text()
    if arguments.output is None:
        print(text, end="")
        return DONE
    try:
        arguments.output.write_text(text, encoding="utf-8")
    except OSError as error:
        print(f"mapping schema: {arguments.output} cannot be written: {error.strerror}", file=sys.stderr)
        return UNREADABLE
    return DONE


def schema_text() -> str:
    """The schema as it stands in a file."""
    return json.dumps(editor_schema(KINDS), indent=2, ensure_ascii=False) + "\n"
