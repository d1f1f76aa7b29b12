"""The entities as Python values: what they take, what they refuse, and how they go out."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.lso.models.errors import ERRORS, Error422
from gateway.lso.models.items import ProductOfferingQualificationItem
from gateway.lso.models.places import GeographicAddress_Query, GeographicSiteRef, RelatedPlaceRefOrQueryWithSubUnit
from gateway.lso.models.products import MEFProductConfiguration, ProductOfferingRef
from gateway.lso.models.proposals import Duration, TimeUnit
from gateway.lso.models.qualifications import ProductOfferingQualification, ProductOfferingQualification_Create
from gateway.lso.problems import ProblemCode
from tests.unit.lso.samples import qualification, request, with_


@pytest.mark.parametrize(
    ("model", "document"),
    [(ProductOfferingQualification_Create, request()), (ProductOfferingQualification, qualification())],
    ids=["request", "answer"],
)
def test_what_comes_in_goes_out_as_it_was(model: Any, document: dict[str, Any]) -> None:
    assert model.model_validate(document).wire() == document


def test_absent_members_stay_away_from_the_wire() -> None:
    assert GeographicSiteRef(id="s", type="GeographicSiteRef").wire() == {"id": "s", "@type": "GeographicSiteRef"}


@pytest.mark.parametrize(
    "name", ["3rdPartyProvider", "3rdPartyProviderProductOffering", "installationInterval", "serviceabilityConfidence"]
)
def test_names_that_are_no_python_names_have_their_standard_spelling(name: str) -> None:
    assert name in {field.alias for field in ProductOfferingQualificationItem.model_fields.values()}


def test_python_names_serve_as_well_as_the_standards() -> None:
    by_name = Duration(amount=3, units=TimeUnit.BUSINESS_DAYS)

    assert by_name == Duration.model_validate({"amount": 3, "units": "businessDays"})


@pytest.mark.requirement("87.1-R22")
def test_an_undefined_member_is_refused() -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        ProductOfferingRef.model_validate({"id": "o", "name": "x"})


def test_only_a_product_configuration_is_open() -> None:
    sent = {"@type": "urn:example:uni", "cir": {"irValue": 1}}

    assert MEFProductConfiguration.model_validate(sent).wire() == sent


def test_an_entity_cannot_be_changed() -> None:
    reference = ProductOfferingRef(id="o")

    with pytest.raises(ValidationError, match="frozen"):
        reference.id = "p"  # type: ignore[misc]


def test_the_type_of_a_place_selects_its_model() -> None:
    related = RelatedPlaceRefOrQueryWithSubUnit.model_validate(
        {"role": "r", "place": {"@type": "GeographicAddress_Query", "labelRepresentation": []}}
    )

    assert isinstance(related.place, GeographicAddress_Query)


@pytest.mark.parametrize("value", ["true", 1, None], ids=["text", "number", "null"])
def test_a_flag_is_true_or_false_and_nothing_that_looks_like_it(value: Any) -> None:
    with pytest.raises(ValidationError, match="instantSyncQualification"):
        ProductOfferingQualification_Create.model_validate(with_(request(), "instantSyncQualification", value=value))


@pytest.mark.parametrize("value", ["3", 3.0, -1, None], ids=["text", "decimal", "negative", "null"])
def test_an_interval_is_a_whole_number_of_units(value: Any) -> None:
    with pytest.raises(ValidationError, match="amount"):
        Duration.model_validate({"amount": value, "units": "months"})


def test_each_status_has_its_error_and_422_the_codes_of_problems() -> None:
    assert set(ERRORS) == {400, 401, 403, 404, 422, 500, 501}
    assert Error422(reason="r", code=ProblemCode.OTHER_ISSUE).wire() == {"reason": "r", "code": "otherIssue"}
