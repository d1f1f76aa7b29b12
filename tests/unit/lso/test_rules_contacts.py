"""Rules about the contacts of a request."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.lso.agreement import Agreement
from tests.support.requests import ABSENT, valid_contact, valid_request
from tests.unit.lso.rule_checks import found, problems

CONTACTS = "/relatedContactInformation"


def with_roles(*roles: Any) -> dict[str, Any]:
    return valid_request(relatedContactInformation=[valid_contact(role=role) for role in roles])


@pytest.mark.requirement("87.1-R25", "P7")
def test_r25_the_buyers_contact_is_demanded() -> None:
    body = with_roles("billing")
    assert found(body, Agreement(contact_roles=("billing",))) == [f"missingProperty {CONTACTS}"]


@pytest.mark.requirement("P7")
@pytest.mark.parametrize(
    "role", [pytest.param(ABSENT, id="absent"), pytest.param(3, id="no text"), pytest.param(None, id="null")]
)
def test_a_faulty_role_is_not_reported_a_second_time_as_a_missing_contact(role: Any) -> None:
    assert found(with_roles(role)) == []


@pytest.mark.requirement("87.1-R27", "P10")
def test_r27_an_unknown_role_is_refused_and_the_accepted_roles_are_named() -> None:
    agreement = Agreement(contact_roles=("billing",), demanded_contact_roles=("site",))
    body = with_roles("buyerContactInformation", "site", "billing", "janitor")
    (problem,) = problems(body, agreement)
    assert (problem.code, problem.pointer) == ("invalidValue", f"{CONTACTS}/3/role")
    assert "buyerContactInformation, billing, site" in problem.message


@pytest.mark.requirement("87.1-R27", "P10")
def test_r27_unknown_roles_are_ignored_where_that_was_agreed() -> None:
    assert found(with_roles("buyerContactInformation", "janitor"), Agreement(unknown_contact_roles="ignore")) == []


@pytest.mark.requirement("P11")
@pytest.mark.parametrize("unknown", ["refuse", "ignore"])
def test_the_sellers_role_is_refused_whatever_was_agreed(unknown: Any) -> None:
    body = with_roles("buyerContactInformation", "sellerContactInformation")
    assert found(body, Agreement(unknown_contact_roles=unknown)) == [f"invalidValue {CONTACTS}/1/role"]


@pytest.mark.requirement("87.1-R27", "P12")
def test_r27_a_demanded_role_is_missed() -> None:
    agreement = Agreement(demanded_contact_roles=("site",))
    (problem,) = problems(with_roles("buyerContactInformation"), agreement)
    assert (problem.code, problem.pointer) == ("missingProperty", CONTACTS)
    assert "site" in problem.message
    assert found(with_roles("buyerContactInformation", "site"), agreement) == []
