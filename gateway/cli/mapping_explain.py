"""`poq-gateway mapping explain`: how a request would be answered, call by call and field by field. Nothing is sent.

Replies come from `--reply STEP=FILE`: rows or a value (YAML, JSON), a recorded SOAP reply (.xml), `fault:CODE` or
`no answer`. A step without a reply ends the explanation of its item.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli import DONE, FAILED, UNREADABLE
from gateway.cli.logs import quiet_logs

if TYPE_CHECKING:
    from gateway.authoring.explain import Explainer
    from gateway.authoring.explain_replies import GivenReply
    from gateway.lso.request import QualificationRequest
    from gateway.qualification.checking import RequestChecker
    from gateway.settings import Settings

_SUFFIXES = (".json", ".yaml", ".yml")


class NotPossible(Exception):
    """What was asked for cannot be read, in one line."""


class Refused(Exception):
    """The request would be refused before any mapping sees it: a line for each problem."""


def add(group: Any) -> None:
    """Add the command to its group."""
    parser = group.add_parser("explain", help="show how a request would be answered", description=__doc__)
    parser.add_argument("request", type=Path, metavar="REQUEST", help="a POQ request: a JSON file")
    parser.add_argument("--item", metavar="ID", help="only this one, with those that it needs")
    parser.add_argument(
        "--reply",
        action="append",
        default=[],
        metavar="STEP=FILE",
        help="what a step replies: a file, fault:CODE or 'no answer'; ITEM.STEP=… for one item only",
    )
    parser.add_argument("--known", type=Path, metavar="FILE", help="what is known of ids: by kind, then by id (YAML)")
    parser.add_argument("--buyer", metavar="ID", help="who asks, where there are several")
    parser.add_argument("--seller", metavar="ID", help="who is asked, where there are several")
    parser.add_argument("--irp", choices=("sonata", "cantata"), default="sonata", help="the interface (sonata)")
    parser.add_argument("--now", metavar="TIME", help="the moment of the request, such as 2026-01-01T00:00:00Z (now)")
    parser.add_argument("-c", "--config", type=Path, default=Path("config/gateway.yaml"), metavar="FILE")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0: explained, 1: refused, or a reply is missing, 2: something cannot be read."""
    from gateway.authoring.explain_telling import for_programs, told
    from gateway.authoring.replies import ReplyError
    from gateway.qualification.port import QualificationFailed

    # What the gateway would log is told below.
    quiet_logs()
    try:
        explainer = _explainer(arguments)
        explained = asyncio.run(explainer.explain(arguments.item))
    except (NotPossible, ReplyError) as error:
        print(f"mapping explain: {error}", file=sys.stderr)
        return UNREADABLE
    except (Refused, QualificationFailed) as error:
        print(f"mapping explain: {error}", file=sys.stderr)
        return FAILED
    if arguments.json:
        print(json.dumps(for_programs(explained), indent=2, ensure_ascii=False))
    else:
        print("\n\n".join("\n".join(told(one)) for one in explained))
    for name in explainer.replies.names:
        if name not in explainer.replies.used:
            print(f"mapping explain: nobody asked for --reply {name}", file=sys.stderr)
    return FAILED if any(one.stopped for one in explained) else DONE


def _explainer(arguments: argparse.Namespace) -> Explainer:
    """What the configuration, the request and the replies come to. Raises FindingsError, NotPossible, Refused."""
    from gateway.assembly.dealing import agreement_of, offered, seller_of
    from gateway.assembly.kinds import ADAPTERS
    from gateway.authoring.explain import Explainer, Setting
    from gateway.authoring.explain_replies import Replies
    from gateway.catalog import load_catalog
    from gateway.lso.identifiers import BuyerId, Interface, SellerId
    from gateway.qualification.answering import AnswerCheck
    from gateway.qualification.checking import RequestChecker
    from gateway.qualification.jobs import Rules
    from gateway.qualification.port import Caller
    from gateway.settings import load_settings

    settings = load_settings(arguments.config, ADAPTERS)
    catalog = load_catalog(settings, base=Path.cwd())
    one, now = _seller(arguments, settings), _now(arguments.now)
    buyer, catalogue = _buyer(arguments, one), offered(one, catalog.products)
    agreed = agreement_of(one.for_buyer(buyer))
    caller = Caller(BuyerId(buyer), SellerId(one.sellers[0].id), Interface(arguments.irp), "")
    setting = Setting(
        Rules(catalog.mappings, catalog.prepared, catalog.products),
        seller_of(one, catalog.products),
        AnswerCheck(catalog.products, catalogue),
        caller,
        now,
        tuple(agreed.place_types),
    )
    request = _request(arguments, RequestChecker(agreed, catalogue, catalog.products), now)
    replies = Replies(dict(map(_given, arguments.reply)))
    return Explainer(setting, request, replies, _known(arguments.known))


def _seller(arguments: argparse.Namespace, settings: Settings) -> Settings:
    """The configuration with the Seller that is asked alone."""
    ids = [one.id for one in settings.sellers]
    if arguments.seller is None and len(ids) > 1:
        raise NotPossible(f"say --seller; there are: {', '.join(ids)}")
    if arguments.seller is not None and arguments.seller not in ids:
        raise NotPossible(f"there is no Seller {arguments.seller}; there are: {', '.join(ids)}")
    return settings.of_seller(arguments.seller or ids[0])


def _buyer(arguments: argparse.Namespace, settings: Settings) -> str:
    ids = [one.id for one in settings.buyers]
    if arguments.buyer is None and len(ids) > 1:
        raise NotPossible(f"say --buyer; there are: {', '.join(ids)}")
    if arguments.buyer is not None and arguments.buyer not in ids:
        raise NotPossible(f"there is no Buyer {arguments.buyer}; there are: {', '.join(ids)}")
    return str(arguments.buyer or ids[0])


def _now(said: str | None) -> datetime:
    from gateway.lso.instants import parse_instant

    if said is None:
        return datetime.fromtimestamp(time.time(), UTC)
    found = parse_instant(said)
    if found is None:
        raise NotPossible(f"--now {said}: write a date and time with an offset, such as 2026-01-01T00:00:00Z")
    return found


def _request(arguments: argparse.Namespace, checker: RequestChecker, now: datetime) -> QualificationRequest:
    from gateway.lso.request import read_request

    document = _data(arguments.request)
    if not isinstance(document, dict):
        raise NotPossible(f"{arguments.request} is no POQ request: an object is needed")
    problems = checker.problems(document, now)
    if problems:
        lines = [f"  {one.code} {one.pointer} {one.reason}" for one in problems]
        raise Refused("\n".join(["the request is refused (422), and no mapping sees it:", *lines]))
    request = read_request(document)
    if arguments.item is not None and arguments.item not in [item.id for item in request.items]:
        there = ", ".join(item.id for item in request.items)
        raise NotPossible(f"the request has no item {arguments.item}; there are: {there}")
    return request


def _given(said: str) -> tuple[str, GivenReply]:
    from gateway.authoring.explain_replies import GivenReply

    name, sign, value = said.partition("=")
    if not (name and sign and value):
        raise NotPossible(f"--reply {said}: write STEP=FILE, STEP=fault:CODE or 'STEP=no answer'")
    if value == "no answer":
        return name, GivenReply(value)
    if value.startswith("fault:"):
        return name, GivenReply({"fault": value.removeprefix("fault:"), "text": "as --reply says"})
    path = Path(value)
    if path.suffix in _SUFFIXES:
        return name, GivenReply(_data(path))
    return name, GivenReply(recorded=_bytes(path))


def _known(path: Path | None) -> dict[Any, Any]:
    from gateway.authoring.loading import known_references
    from gateway.mapping.kinds import ReferenceKind

    if path is None:
        return {}
    data, kinds = _data(path), [kind.value for kind in ReferenceKind]
    sound = isinstance(data, dict) and all(
        kind in kinds and isinstance(ids, dict) and all(isinstance(one, dict) for one in ids.values())
        for kind, ids in data.items()
    )
    if not sound:
        raise NotPossible(f"{path}: write what is known by kind ({', '.join(kinds)}), then by id")
    return {(ReferenceKind(kind), named): members for (kind, named), members in known_references(data).items()}


def _data(path: Path) -> Any:
    """A JSON or YAML file. Raises NotPossible, or FindingsError for what is wrong in YAML."""
    from gateway.sources.yamlfile import read_yaml_file

    if path.suffix in (".yaml", ".yml"):
        return read_yaml_file(path).data
    try:
        return json.loads(_bytes(path))
    except (ValueError, RecursionError) as error:
        raise NotPossible(f"{path} is not JSON: {error}") from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise NotPossible(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
