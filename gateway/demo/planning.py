"""How Nimbus answers: pure functions from a request's values to the elements of a reply, or to a fault.

Knows the network, no XML and no HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from gateway.demo.network import Behaviour, CircuitRow, Network, Option, Plan, PortRow, Technology, ThirdParty

Values = Mapping[str, Any]
"""A request: texts and nested values by element name."""

Elements = list[tuple[str, Any]]
"""A reply: element names with a text, a number, further elements, or None for an element that is left out."""


class PlanningFault(Exception):
    """A declared fault: its code and its text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


class Answering(NamedTuple):
    """One operation: which site a request is about, and what the answer is."""

    site: Callable[[Values], str]
    answer: Callable[[Network, Values], Elements]


def site_of(operation: str, request: Values) -> str:
    """The site number that a request is about."""
    return OPERATIONS[operation].site(request)


def behaviour_of(network: Network, operation: str, request: Values) -> Behaviour | None:
    """What the place does to this caller before any answer."""
    known = network.sites.get(site_of(operation, request))
    return known.behaviour if known else None


def answer(network: Network, operation: str, request: Values) -> Elements:
    """The reply's elements in the order of the schema. Raises PlanningFault."""
    return OPERATIONS[operation].answer(network, request)


def _plan(network: Network, site: str) -> Plan:
    plan = network.plan_of(site)
    if plan is None:
        raise PlanningFault("LOC-404", f"site {site} is not in the network database")
    return plan


def _check_feasibility(network: Network, request: Values) -> Elements:
    circuit = request["Circuit"]
    product, rate = circuit["ProductCode"], int(circuit["BandwidthKbps"])
    plan = _plan(network, circuit["ASite"])
    if product not in network.products:
        raise PlanningFault("PRD-UNKNOWN", f"no product has the code {product}")
    if int(circuit["ZPort"]) in network.barred_ports:
        raise PlanningFault("ACC-REFUSED", f"port {circuit['ZPort']} takes no further circuits")
    row = next((row for row in plan.circuits if _covers(row, product, rate)), None)
    options = row.options if row and request.get("WithOptions") in ("true", "1") else ()
    return _circuit(row, options)


def _covers(row: CircuitRow, product: str, rate: int) -> bool:
    return rate <= row.up_to and (row.products is None or product in row.products)


def _circuit(row: CircuitRow | None, options: tuple[Option, ...]) -> Elements:
    if row is None:
        return [("FeasCode", "N"), ("NetStatus", "NONE"), ("Remark", "No way to carry this rate to the site")]
    return [
        ("FeasCode", row.code),
        ("NetStatus", row.net),
        ("LeadDays", row.days),
        ("Remark", row.remark),
        ("ThirdParty", _third_party(row.third_party)),
        *(("Options", _option(option)) for option in options),
    ]


def _third_party(partner: ThirdParty | None) -> Elements | None:
    return [("Name", partner.name), ("Product", partner.product)] if partner else None


def _option(option: Option) -> Elements:
    return [
        ("OptionId", option.id),
        ("OfferingId", option.offering),
        ("MaxKbps", option.max),
        ("LeadDays", option.days),
        ("NetStatus", option.net),
        ("Remark", option.remark),
    ]


def _survey_site(network: Network, request: Values) -> Elements:
    rate, ports = int(request["PortKbps"]), int(request["Ports"])
    rows = _plan(network, request["Site"]).ports
    row = next((row for row in rows if rate <= row.up_to), None)
    if row is None:
        return [("SurveyCode", "NONE"), ("NetStatus", "NONE"), ("Remark", "No port of this rate can be brought here")]
    return _port(row, full=row.free is not None and row.free < ports)


def _port(row: PortRow, *, full: bool) -> Elements:
    return [
        ("SurveyCode", "FULL" if full else row.code),
        ("NetStatus", row.net),
        ("PortsFree", row.free),
        ("LeadDays", row.days),
        ("Remark", row.remark),
        ("ThirdParty", _third_party(row.third_party)),
    ]


def _query_reach(network: Network, request: Values) -> Elements:
    ways = _plan(network, request["Site"]).reach
    remark = None if ways else "No internet access at this site"
    return [("Site", request["Site"]), *(("Technologies", _technology(way)) for way in ways), ("Remark", remark)]


def _technology(way: Technology) -> Elements:
    return [
        ("Tech", way.tech),
        ("DownKbps", way.down),
        ("UpKbps", way.up),
        ("LeadDays", way.days),
        ("NetStatus", way.net),
        ("Confirmed", "Y" if way.confirmed else "N"),
    ]


OPERATIONS: Mapping[str, Answering] = {
    "CheckFeasibility": Answering(lambda request: request["Circuit"]["ASite"], _check_feasibility),
    "SurveySite": Answering(lambda request: request["Site"], _survey_site),
    "QueryReach": Answering(lambda request: request["Site"], _query_reach),
}
