"""The stable codes of findings about any file that people write: what each means, in one line."""

from __future__ import annotations

from collections.abc import Mapping

YAML_CODES: Mapping[str, str] = {
    "YAML-001": "The file cannot be read.",
    "YAML-002": "The file is not UTF-8.",
    "YAML-003": "The text is not YAML.",
    "YAML-004": "A second document begins; one file holds one document.",
    "YAML-005": "Anchors, aliases and merge keys are not used: what is meant is written out.",
    "YAML-006": "Tags are not used.",
    "YAML-007": "The file is nested too deep.",
    "YAML-008": "A key stands twice in one mapping.",
    "YAML-009": "A key is neither a text nor a number.",
    "YAML-010": "A word or number that readers of YAML take for different things: quote it.",
    "YAML-011": "The file is too large.",
    "YAML-012": "A number is too large to be one; ids are quoted.",
}

SHAPE_CODES: Mapping[str, str] = {
    "101": "A key is missing.",
    "102": "A key is not known here.",
    "103": "A text is needed.",
    "104": "A mapping (key: value) is needed.",
    "105": "A list is needed.",
    "106": "The value is none of what may stand here.",
    "107": "The key is none that may stand here.",
}
"""Behind `MAP-` for mappings, `CFG-` for the configuration."""
