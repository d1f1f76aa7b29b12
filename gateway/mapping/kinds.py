"""What a Buyer may name by an id, as far as a references file can answer for it. Knows no file and no request."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class ReferenceKind(StrEnum):
    """What an id stands for: a place by address or by site, a product in service, an offering, a specification."""

    ADDRESS = "address"
    SITE = "site"
    PRODUCT = "product"
    OFFERING = "offering"
    SPECIFICATION = "specification"


ReferenceKey = tuple[str, str]
"""Kind and id: what one question is about."""

PLACE_KINDS: Mapping[str, ReferenceKind] = {
    "GeographicAddressRef": ReferenceKind.ADDRESS,
    "GeographicSiteRef": ReferenceKind.SITE,
}
"""By the `@type` of a place; a place described by value names no id."""
