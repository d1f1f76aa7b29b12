"""Bodies of a POST that want to do harm: too deep, too much, twice, half, in other encodings, or of other types."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable
from random import Random
from typing import Any

from tests.support.requests import valid_item, valid_request

Make = Callable[[Random], bytes]

VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        2**63,
        2**64,
        10**30,
        1.5,
        "",
        " ",
        "\x00",
        "\u2028",
        "a" * 70_000,
        "é" * 300,
        "\U0001f600",
    ),
    *([], {}, [[]], [None], {"": ""}, {"__proto__": {}}, {"$ref": "#"}, ["x"] * 500, "null", "../../etc/passwd"),
    *("'; DROP TABLE poq; --", "${env:HOME}", "=now", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>"),
    *("2026-02-30T25:61:61Z", "9999-12-31T23:59:59-23:59", "-0001-01-01T00:00:00Z", "http://169.254.169.254/"),
)
NUMBERS = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-1e999",
    "1e-999999",
    "9" * 5000,
    "0" * 500,
    "1" + "0" * 400,
    "-",
    "1.e1",
)
NAMES = ("", "\x00", "@type", "__class__", "a" * 300, "$schema", "id", "href")
ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "utf-7", "cp037")
RAW = (b"\xed\xa0\x80", b"\xc0\x80", b"\xff", b"\xf4\x90\x80\x80", b"\x00", b"\x1f", b"\xe2\x80", b"\xef\xbf\xbe")
ESCAPES = (r"\ud800", r"\udc00\ud800", r"\u0000", r"\x41", r"\u12", "\\", r"\u{1}", r"\ud83d\ude00")


def text(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")


def somewhere(document: Any, chance: Random) -> list[tuple[Any, Any]]:
    """All places of a document: the node and the key in it."""
    places: list[tuple[Any, Any]] = []
    nodes = [document]
    while nodes:
        node = nodes.pop()
        for key in node if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], (dict, list)):
                nodes.append(node[key])
    chance.shuffle(places)
    return places


def deep(chance: Random) -> bytes:
    depth = chance.choice((62, 64, 65, 200, 1000, 20_000, 300_000))
    opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")))
    closing = chance.choice((closing, b""))
    whole = chance.random() < 0.5
    inner = opening * depth + b"1" + closing * depth
    return inner if whole else text(valid_request()).replace(b'"bandwidth": 100', b'"bandwidth": ' + inner)


def much(chance: Random) -> bytes:
    number = chance.choice((500, 5_000, 40_000))
    what = chance.choice(("members", "items", "texts", "spaces", "big"))
    request = valid_request()
    if what == "members":
        request |= {f"member-{one}": one for one in range(number)}
    elif what == "items":
        request["productOfferingQualificationItem"] = [valid_item(id=str(one)) for one in range(min(number, 3000))]
    elif what == "texts":
        request["productOfferingQualificationItem"] = ["x" * 100] * number
    elif what == "spaces":
        return text(request) + b" " * (number * 10)
    else:
        return text(request | {"externalId": "x" * (5 * 1024 * 1024)})
    return text(request)


def twice(chance: Random) -> bytes:
    raw = text(valid_request())
    name = chance.choice((b'"instantSyncQualification"', b'"id"', b'"action"', b'"@type"', b'"name"', b'"externalId"'))
    return raw.replace(b"{", b"{" + name + b": " + text(chance.choice(VALUES)) + b", " + name + b": 1, ", 1)


def spelled(chance: Random) -> bytes:
    """Raw bytes, escapes or numbers where a value stands."""
    raw = text(valid_request(externalId="HERE", projectId=1234567))
    if chance.random() < 0.3:
        return raw.replace(b"1234567", chance.choice(NUMBERS).encode())
    harm = chance.choice(RAW) if chance.random() < 0.5 else chance.choice(ESCAPES).encode()
    return raw.replace(b"HERE", harm) if chance.random() < 0.8 else raw.replace(b'"externalId"', b'"' + harm + b'"')


def encoded(chance: Random) -> bytes:
    document = json.dumps(valid_request(externalId="ü"), ensure_ascii=False)
    bom = chance.choice((b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff"))
    raw = document.encode(chance.choice(ENCODINGS), "replace") if chance.random() < 0.7 else document.encode()
    return gzip.compress(raw) if chance.random() < 0.1 else bom + raw


def cut(chance: Random) -> bytes:
    raw = bytearray(text(valid_request()))
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(raw) + 1)
        match chance.randrange(4):
            case 0:
                raw[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del raw[place : place + chance.randint(1, 50)]
            case 2:
                raw[place:place] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 20)))
            case _:
                raw = raw[: place + 1]
    return bytes(raw) + chance.choice((b"", b"", b"{}", b"\x00", b"//", b",", b"}"))


def confused(chance: Random) -> bytes:
    """Other values, missing members and strange names anywhere in a good request."""
    request = copy.deepcopy(valid_request())
    for _ in range(chance.randint(1, 5)):
        places = somewhere(request, chance)
        if not places:
            break
        node, key = places[0]
        match chance.randrange(4):
            case 0 if isinstance(node, dict):
                del node[key]
            case 1 if isinstance(node, dict):
                node[chance.choice(("", "\x00", "@type", "__class__", "a" * 300, "$schema", "id", "href"))] = node.pop(
                    key
                )
            case 2 if isinstance(node, list):
                node += [copy.deepcopy(node[key])] * chance.choice((1, 50))
            case _:
                node[key] = copy.deepcopy(chance.choice(VALUES))
    return text(request)


def noise(chance: Random) -> bytes:
    return chance.choice(
        (b"", b" ", b"null", b"[]", b'""', b"1", b"{", b"<a/>", chance.randbytes(chance.randint(1, 3000)))
    )


def good(chance: Random) -> bytes:
    return text(valid_request(externalId=str(chance.random())))


KINDS: tuple[Make, ...] = (deep, much, twice, spelled, encoded, cut, confused, confused, confused, noise, good)


def body(number: int, seed: int = 1) -> tuple[str, bytes]:
    """The kind and the bytes of one body; the same for the same number."""
    chance = Random(f"{seed} {number}")
    make = chance.choice(KINDS)
    return make.__name__, make(chance)
