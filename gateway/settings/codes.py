"""The stable codes of findings about the configuration: what each means, in one line."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.sources.codes import SHAPE_CODES

CFG_CODES: Mapping[str, str] = {
    **{f"CFG-{number}": meaning for number, meaning in SHAPE_CODES.items()},
    "CFG-201": "What a `${env:…}` or `${file:…}` stands for is not there.",
    "CFG-202": "A secret stands in the configuration itself.",
    "CFG-301": "A system cannot be built as it is described.",
    "CFG-302": "An offering is of a specification that no product schema has.",
    "CFG-303": "The way to a Buyer's listeners cannot be used as it is described.",
}
