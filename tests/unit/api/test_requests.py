"""Single requests over HTTP: what is answered when one thing about them is special."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from yarl import URL

from gateway.lso.identifiers import Interface
from gateway.lso.problems import Problem, ProblemCode
from gateway.qualification.port import QualificationFailed, Refused, Unavailable
from tests.support.client import CANTATA, POQS, SONATA, Client, FakeQualifications, caller, serving, settings
from tests.support.errors import assert_standard_error

JSON = {"Content-Type": "application/json"}
TWO_BUYERS = ("buyer-1", "buyer-2")
TWO_SELLERS = ("seller-1", "seller-2")


@pytest.fixture
def qualifications() -> FakeQualifications:
    return FakeQualifications()


@pytest.fixture
async def client(qualifications: FakeQualifications) -> AsyncIterator[Client]:
    async with serving(settings(body_bytes=1000, body_depth=8), qualifications) as client:
        yield client


@pytest.mark.requirement("87.1-R24")
async def test_a_create_is_answered_201_with_what_qualification_gave(
    client: Client, qualifications: FakeQualifications
) -> None:
    response = await client.post(POQS, data=b'{"externalId":1.50}', headers=JSON)
    assert response.status == 201
    assert response.headers["Content-Type"] == "application/json;charset=utf-8"
    assert response.headers["X-Request-Id"] == "request-1"
    assert await response.read() == b'{"id":"new"}'
    [(asked, body)] = qualifications.created
    assert asked == caller()
    assert asked.base_href == "https://poq.example.com/mefApi/sonata/productOfferingQualification/v8"
    assert body.plain == {"externalId": 1.5}


@pytest.mark.requirement("87.1-R59")
async def test_a_stored_qualification_is_read_by_its_id(client: Client, qualifications: FakeQualifications) -> None:
    qualifications.stored[caller(), "poq-1"] = b'{"id":"poq-1","n":1.50}'
    response = await client.get(f"{POQS}/poq-1")
    assert response.status == 200
    assert await response.read() == b'{"id":"poq-1","n":1.50}'


@pytest.mark.requirement("P6")
@pytest.mark.parametrize("version", ["v8", "v2"])
async def test_cantata_is_served_in_two_versions_with_one_for_hrefs(
    client: Client, qualifications: FakeQualifications, version: str
) -> None:
    path = f"/mefApi/cantata/productOfferingQualification/{version}/productOfferingQualification"
    response = await client.post(path, data=b"{}", headers=JSON)
    assert response.status == 201
    asked = qualifications.created[0][0]
    assert asked.interface is Interface.CANTATA
    assert asked.base_href == f"https://poq.example.com{CANTATA}"


@pytest.mark.requirement("C1", "C22")
@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/", id="root"),
        pytest.param("/nothing", id="elsewhere"),
        pytest.param(SONATA, id="base-path"),
        pytest.param(f"{SONATA}/nothing", id="unknown-resource"),
        pytest.param(f"{SONATA}/hub/1/2", id="below-a-resource"),
        pytest.param(f"{POQS}/", id="trailing-slash"),
        pytest.param(f"{POQS}/poq-1/", id="trailing-slash-after-an-id"),
        pytest.param(f"{POQS}//", id="empty-segments"),
        pytest.param(POQS.replace("sonata", "SONATA"), id="other-case"),
        pytest.param(POQS.replace("v8", "v7"), id="unserved-version"),
        pytest.param(POQS.replace("/sonata", "//sonata"), id="doubled-slash"),
        pytest.param(f"{SONATA}/listener/poqStateChangeEvent", id="a-buyers-listener"),
        pytest.param("/health/", id="operators-page-with-slash"),
    ],
)
async def test_unknown_paths_are_not_found(client: Client, path: str) -> None:
    for method in ("GET", "POST", "PATCH"):
        await assert_standard_error(await client.request(method, path), 404, "notFound")


@pytest.mark.requirement("C22", "G1", "87.1-R59")
@pytest.mark.parametrize(
    "poq_id",
    [
        "unknown",
        "x" * 5000,
        "a%2Fb",
        "%2F",
        "..%2f..",
        "%00",
        "%FF",
        "%0A",
        "%F0%9F%98%80",
        "%25",
        "%",
        "'--",
        "*",
        ";",
    ],
)
async def test_odd_ids_are_not_found(client: Client, poq_id: str) -> None:
    url = URL(f"{POQS}/{poq_id}", encoded=True)
    await assert_standard_error(await client.get(url), 404, "notFound")


@pytest.mark.requirement("C2", "J4")
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        pytest.param("PUT", POQS, "GET, POST", id="put-on-the-list"),
        pytest.param("DELETE", POQS, "GET, POST", id="delete-on-the-list"),
        pytest.param("PATCH", f"{POQS}/poq-1", "GET", id="patch-on-a-poq"),
        pytest.param("DELETE", f"{POQS}/poq-1", "GET", id="delete-on-a-poq"),
        pytest.param("POST", f"{POQS}/poq-1", "GET", id="post-on-a-poq"),
        pytest.param("OPTIONS", POQS, "GET, POST", id="options"),
        pytest.param("GET", f"{SONATA}/hub", "POST", id="get-on-the-hub"),
        pytest.param("DELETE", f"{SONATA}/hub", "POST", id="delete-on-the-hub"),
        pytest.param("POST", f"{SONATA}/hub/1", "DELETE, GET", id="post-on-a-registration"),
        pytest.param("POST", "/health", "GET", id="operators-page"),
    ],
)
async def test_undefined_methods_are_refused_with_the_allowed_ones(
    client: Client, method: str, path: str, allowed: str
) -> None:
    response = await client.request(method, path)
    await assert_standard_error(response, 405)
    assert response.headers["Allow"] == allowed


@pytest.mark.requirement("C2")
async def test_head_is_refused_without_a_body(client: Client) -> None:
    response = await client.head(f"{POQS}/poq-1")
    assert (response.status, response.headers["Allow"], await response.read()) == (405, "GET", b"")


@pytest.mark.requirement("87.1-R69", "H1", "J1", "L8")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("GET", POQS, id="list"),
        pytest.param("POST", f"{SONATA}/hub", id="register"),
        pytest.param("GET", f"{SONATA}/hub/1", id="read-a-registration"),
        pytest.param("DELETE", f"{SONATA}/hub/1", id="unregister"),
    ],
)
async def test_operations_that_are_switched_off_are_not_implemented(client: Client, method: str, path: str) -> None:
    await assert_standard_error(await client.request(method, path, data=b"not json"), 501, "notImplemented")


@pytest.mark.parametrize(
    ("buyers", "sellers", "query", "status", "code"),
    [
        pytest.param(TWO_BUYERS, ("seller-1",), "", 400, "missingQueryParameter", id="C6-buyer-absent"),
        pytest.param(("buyer-1",), TWO_SELLERS, "", 400, "missingQueryParameter", id="C7-seller-absent"),
        pytest.param(TWO_BUYERS, ("seller-1",), "buyerId=", 400, "missingQueryValue", id="C8-buyer-empty"),
        pytest.param(("buyer-1",), ("seller-1",), "sellerId", 400, "missingQueryValue", id="C8-needless-and-empty"),
        pytest.param(("buyer-1",), ("seller-1",), "buyerId=buyer-9", 403, "forbiddenRequester", id="C9-other-buyer"),
        pytest.param(TWO_BUYERS, ("seller-1",), "buyerId=buyer-9", 403, "forbiddenRequester", id="C9-of-several"),
        pytest.param(("buyer-1",), ("seller-1",), "sellerId=seller-9", 403, "accessDenied", id="C10-other-seller"),
        pytest.param(("buyer-1",), TWO_SELLERS, "sellerId=seller-9", 403, "accessDenied", id="C10-of-several"),
        pytest.param(("buyer-1",), ("seller-1",), "limit=1", 400, "invalidQuery", id="C12-undefined"),
        pytest.param(
            ("buyer-1",), ("seller-1",), "buyerId=buyer-1&buyerId=buyer-1", 400, "invalidQuery", id="C13-twice"
        ),
        pytest.param(("buyer-1",), ("seller-1",), "buyerId=%ff", 400, "invalidQuery", id="C13-undecodable"),
    ],
)
@pytest.mark.requirement("87.1-R5", "87.1-R6", "C6", "C7", "C8", "C9", "C10", "C12", "C13")
async def test_queries_that_are_refused(
    qualifications: FakeQualifications,
    buyers: tuple[str, ...],
    sellers: tuple[str, ...],
    query: str,
    status: int,
    code: str,
) -> None:
    async with serving(settings(buyers, sellers), qualifications) as client:
        for response in (
            await client.post(f"{POQS}?{query}", data=b"{}", headers=JSON),
            await client.get(f"{POQS}/poq-1?{query}"),
        ):
            [error] = await assert_standard_error(response, status, code)
            assert "buyer-9" not in json.dumps(error)
    assert qualifications.created == []


@pytest.mark.requirement("C11", "87.1-R5", "87.1-R6")
@pytest.mark.parametrize(
    ("buyers", "sellers", "query", "asked"),
    [
        pytest.param(("buyer-1",), ("seller-1",), "", caller(), id="one-of-each-unnamed"),
        pytest.param(("buyer-1",), ("seller-1",), "buyerId=buyer-1&sellerId=seller-1", caller(), id="needlessly-named"),
        pytest.param(TWO_BUYERS, ("seller-1",), "buyerId=buyer-2", caller("buyer-2"), id="one-of-two-buyers"),
        pytest.param(
            ("buyer-1",), TWO_SELLERS, "sellerId=seller-2", caller(seller="seller-2"), id="one-of-two-sellers"
        ),
    ],
)
async def test_a_request_runs_for_the_buyer_and_the_seller_that_are_meant(
    qualifications: FakeQualifications, buyers: tuple[str, ...], sellers: tuple[str, ...], query: str, asked: Any
) -> None:
    async with serving(settings(buyers, sellers), qualifications) as client:
        response = await client.post(f"{POQS}?{query}", data=b"{}", headers=JSON)
        assert response.status == 201
    assert qualifications.created[0][0] == asked


@pytest.mark.requirement("C14", "G1")
async def test_a_qualification_of_another_buyer_is_not_found(qualifications: FakeQualifications) -> None:
    qualifications.stored[caller("buyer-2"), "poq-1"] = b"{}"
    async with serving(settings(TWO_BUYERS), qualifications) as client:
        own = await client.get(f"{POQS}/poq-1?buyerId=buyer-2")
        others = await client.get(f"{POQS}/poq-1?buyerId=buyer-1")
        unknown = await client.get(f"{POQS}/poq-2?buyerId=buyer-1")
        assert own.status == 200
        assert await assert_standard_error(others, 404, "notFound") == await assert_standard_error(unknown, 404)


@pytest.mark.requirement("C15")
async def test_a_client_that_does_not_accept_json_gets_406(client: Client, qualifications: FakeQualifications) -> None:
    qualifications.stored[caller(), "poq-1"] = b"{}"
    await assert_standard_error(await client.get(f"{POQS}/poq-1", headers={"Accept": "text/html"}), 406)
    refusing = {**JSON, "Accept": "application/json;q=0"}
    await assert_standard_error(await client.post(POQS, data=b"{}", headers=refusing), 406)
    assert qualifications.created == []


@pytest.mark.requirement("C16")
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Content-Type": "text/plain"}, id="text"),
        pytest.param({"Content-Type": "application/json;charset=latin-1"}, id="latin-1"),
        pytest.param({"Content-Type": "application/x-www-form-urlencoded"}, id="form"),
        pytest.param({"Content-Type": "application/json", "Content-Encoding": "gzip"}, id="gzip"),
        pytest.param({"Content-Type": "application/json", "Content-Encoding": "deflate, identity"}, id="deflate"),
    ],
)
async def test_bodies_that_are_not_json_by_their_headers_get_415(client: Client, headers: dict[str, str]) -> None:
    response = await client.post(POQS, data=b"{}", headers=headers, skip_auto_headers=["Content-Type"])
    await assert_standard_error(response, 415)


@pytest.mark.requirement("C16")
async def test_a_body_without_content_type_gets_415(client: Client) -> None:
    response = await client.post(POQS, data=b"{}", skip_auto_headers=["Content-Type"])
    await assert_standard_error(response, 415)


async def test_identity_is_no_encoding(client: Client) -> None:
    response = await client.post(POQS, data=b"{}", headers={**JSON, "Content-Encoding": "identity"})
    assert response.status == 201


@pytest.mark.requirement("C17")
async def test_a_body_is_counted_to_the_byte(client: Client, qualifications: FakeQualifications) -> None:
    at_the_limit = b'{"a":"' + b"x" * 992 + b'"}'
    assert len(at_the_limit) == 1000
    assert (await client.post(POQS, data=at_the_limit, headers=JSON)).status == 201
    await assert_standard_error(await client.post(POQS, data=at_the_limit + b" ", headers=JSON), 413)
    assert len(qualifications.created) == 1


@pytest.mark.requirement("C17")
async def test_a_chunked_body_is_counted_while_it_is_read(client: Client) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100

    response = await client.post(POQS, data=chunks(), headers=JSON)
    await assert_standard_error(response, 413)


@pytest.mark.requirement("C18")
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"a":"\xff"}', id="not-utf-8"),
        pytest.param(b"\xef\xbb\xbf{}", id="bom"),
        pytest.param(b"{", id="cut-off"),
        pytest.param(b'{"a":NaN}', id="nan"),
        pytest.param(b'{"a":1e999}', id="overflow"),
        pytest.param(b"{} {}", id="trailing-data"),
        pytest.param(b'{"a":1,"a":1}', id="duplicate-name"),
        pytest.param(b'{"a":' + b"[" * 8 + b"]" * 8 + b"}", id="too-deep"),
        pytest.param(b"[{}]", id="array"),
        pytest.param(b"null", id="null"),
    ],
)
async def test_bodies_that_are_no_json_object_are_invalid(
    client: Client, qualifications: FakeQualifications, body: bytes
) -> None:
    await assert_standard_error(await client.post(POQS, data=body, headers=JSON), 400, "invalidBody")
    assert qualifications.created == []


async def test_a_get_with_a_body_ignores_it(client: Client, qualifications: FakeQualifications) -> None:
    qualifications.stored[caller(), "poq-1"] = b"{}"
    response = await client.request("GET", f"{POQS}/poq-1", data=b"whatever", headers={"Content-Type": "text/plain"})
    assert response.status == 200


@pytest.mark.requirement("87.1-R24", "P43")
async def test_a_refusal_lists_all_problems(client: Client, qualifications: FakeQualifications) -> None:
    qualifications.fails = Refused(
        [
            Problem(ProblemCode.OTHER_ISSUE, ("instantSyncQualification",), "No answer in time"),
            Problem(ProblemCode.MISSING_PROPERTY, ("relatedContactInformation",), "No contact"),
        ]
    )
    entries = await assert_standard_error(await client.post(POQS, data=b"{}", headers=JSON), 422)
    assert [(entry["code"], entry["propertyPath"]) for entry in entries] == [
        ("otherIssue", "/instantSyncQualification"),
        ("missingProperty", "/relatedContactInformation"),
    ]


@pytest.mark.requirement("C21", "P45")
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(QualificationFailed("backend says SELECT secret"), id="qualification-failed"),
        pytest.param(RuntimeError("SELECT secret"), id="unexpected"),
        pytest.param(TimeoutError("secret"), id="timeout"),
        pytest.param(ExceptionGroup("secret", [ValueError("secret")]), id="group"),
        pytest.param(KeyError("secret"), id="key-error"),
    ],
)
async def test_a_fault_inside_is_500_and_gives_nothing_away(
    client: Client, qualifications: FakeQualifications, fault: Exception
) -> None:
    qualifications.fails = fault
    for response in (await client.post(POQS, data=b"{}", headers=JSON), await client.get(f"{POQS}/poq-1")):
        [error] = await assert_standard_error(response, 500, "internalError")
        assert "secret" not in json.dumps(error)


@pytest.mark.requirement("C20")
async def test_a_gateway_that_cannot_work_now_is_503(client: Client, qualifications: FakeQualifications) -> None:
    qualifications.fails = Unavailable("secret")
    for response in (await client.post(POQS, data=b"{}", headers=JSON), await client.get(f"{POQS}/poq-1")):
        [error] = await assert_standard_error(response, 503)
        assert response.headers["Retry-After"] == "5"
        assert "secret" not in json.dumps(error)


async def test_the_operators_pages(qualifications: FakeQualifications) -> None:
    async with serving(settings(), qualifications, openapi={"openapi": "3.0.1"}) as client:
        for path, shown in [
            ("/openapi.json", {"openapi": "3.0.1"}),
            ("/health", {"status": "alive"}),
            ("/ready", {"status": "ready"}),
        ]:
            response = await client.get(path)
            assert (response.status, await response.json()) == (200, shown)


async def test_a_gateway_that_is_not_ready_says_so_but_is_alive(qualifications: FakeQualifications) -> None:
    async with serving(settings(), qualifications, ready=False) as client:
        assert (await client.get("/ready")).status == 503
        assert (await client.get("/health")).status == 200


async def test_every_request_has_an_id_of_its_own(client: Client) -> None:
    ids = [(await client.get(path)).headers["X-Request-Id"] for path in ("/health", "/nothing", f"{POQS}/x")]
    assert ids == ["request-1", "request-2", "request-3"]
