"""`poq-gateway mapping new`: begins a mapping from an operation of a WSDL or an OpenAPI file, or from a table or query.

Writes the mapping, its first test, and a copy of the contract with its hashes. WSDLs and OpenAPI files are read from
files; of a database only the definitions are read.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli import DONE, UNREADABLE

if TYPE_CHECKING:
    from adapters.described import Described, Listed
    from gateway.authoring.new.readable import Product
    from gateway.authoring.new.skeleton import Wanted
    from gateway.settings import SystemSettings

_NAME = re.compile(r"[a-z][a-z0-9-]*\Z")
_SYSTEM = re.compile(r"[a-z][a-z0-9_-]*\Z")
CONTRACTS = "contracts"


class NotPossible(Exception):
    """What was asked for cannot be done, in one line."""


@dataclass(frozen=True)
class _Contract:
    """What the new mapping is made of: the operation, the files to keep of it, and what to say of the system."""

    described: Described
    files: Mapping[str, bytes]
    source: str
    system: str
    configuration: str
    is_configured: bool


def add(group: Any) -> None:
    """Add the command to its group."""
    parser = group.add_parser(
        "new", help="begin a mapping from a WSDL, an OpenAPI file, a table or a query", description=__doc__
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="the mapping's name (that of the operation or table)")
    contract = parser.add_argument_group("from a WSDL or an OpenAPI file")
    contract.add_argument("--wsdl", type=Path, metavar="FILE", help="the WSDL; what it imports must be files too")
    contract.add_argument("--openapi", type=Path, metavar="FILE", help="the OpenAPI file (3.0 or 3.1)")
    contract.add_argument("--operation", metavar="NAME", help="the operation to call; of OpenAPI also: 'GET /path'")
    contract.add_argument("--service", metavar="NAME", help="where the WSDL has several")
    contract.add_argument("--port", metavar="NAME", help="where the service has several")
    contract.add_argument("--list", action="store_true", help="list the operations, and write nothing")
    database = parser.add_argument_group("from a database")
    database.add_argument("--table", metavar="NAME", help="a table or view")
    database.add_argument("--query", metavar="SQL", help="a SELECT that was written already, or @FILE")
    database.add_argument("--url", help="the database, as in a configuration")
    parser.add_argument("--system", metavar="NAME", help="the system, as the configuration calls it")
    parser.add_argument(
        "-c", "--config", type=Path, metavar="FILE", help="where --system and the product are described"
    )
    parser.add_argument("--product", metavar="TYPE", help="the @type of productConfiguration that it answers")
    parser.add_argument("-o", "--output", type=Path, default=Path("mappings"), metavar="FOLDER", help="(mappings)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0: written or listed, 2: it cannot be done, and why."""
    from adapters.described import DescriptionError
    from gateway.authoring.new.copies import CopyError

    try:
        if arguments.list:
            return _list(arguments)
        return _write(arguments, _contract(arguments))
    except (DescriptionError, CopyError, NotPossible) as error:
        print(f"mapping new: {error}", file=sys.stderr)
        return UNREADABLE


def _contract(arguments: argparse.Namespace) -> _Contract:
    """The contract of the one source that was named. Raises NotPossible, DescriptionError, FindingsError."""
    _check_arguments(arguments)
    configured = _configured(arguments)
    said = "soap" if arguments.wsdl else "rest" if arguments.openapi else "sql"
    word = configured.word if configured else said
    if word == "rest":
        return _of_openapi(arguments, configured)
    if word == "soap":
        return _of_wsdl(arguments, configured)
    if word == "sql":
        return _of_database(arguments, configured)
    raise NotPossible(f"the system {arguments.system} is asked by {word}, of which no contract can be read")


def _check_arguments(arguments: argparse.Namespace) -> None:
    if arguments.name is not None and not _NAME.match(arguments.name):
        raise NotPossible(f"a mapping cannot be called {arguments.name!r}: small letters, digits and - only")
    if arguments.system is not None and not _SYSTEM.match(arguments.system):
        raise NotPossible(f"a system cannot be called {arguments.system!r}: small letters, digits, - and _ only")
    sources = [word for word in ("wsdl", "openapi", "table", "query") if getattr(arguments, word) is not None]
    if arguments.config is not None and arguments.system is None and not _brings_its_contract(arguments):
        raise NotPossible("-c needs --system: which of its systems is meant?")
    if len(sources) > 1:
        raise NotPossible(f"name one source, not --{' and --'.join(sources)}")
    if not sources and arguments.config is None:
        raise NotPossible(
            "name a source: --wsdl or --openapi FILE --operation NAME, or --table or --query with --url or --system -c"
        )
    if (arguments.wsdl or arguments.openapi) is not None and arguments.url is not None:
        raise NotPossible("--url goes with --table or --query")


def _brings_its_contract(arguments: argparse.Namespace) -> bool:
    """Whether the system need not be in the configuration yet."""
    return any(getattr(arguments, word) is not None for word in ("wsdl", "openapi", "url"))


def _configured(arguments: argparse.Namespace) -> SystemSettings | None:
    """The system of the configuration that is meant, if it is there. Raises NotPossible, FindingsError."""
    if arguments.config is None:
        return None
    from gateway.app import ADAPTERS
    from gateway.settings import load_settings
    from gateway.sources.findings import nearest

    systems = load_settings(arguments.config, ADAPTERS).systems
    if arguments.system not in systems and _brings_its_contract(arguments):
        return None
    if arguments.system not in systems:
        hint = nearest(arguments.system, systems)
        raise NotPossible(f"{arguments.config} has no system {arguments.system}" + (f" ({hint})" if hint else ""))
    found: SystemSettings = systems[arguments.system]
    return found


def product_of(config: Path | None, product_type: str | None) -> Product | None:
    """What the configuration says of a product. Raises NotPossible where it has none of this name, FindingsError."""
    if config is None or product_type is None:
        return None
    from gateway.app import ADAPTERS
    from gateway.authoring.new.readable import Product
    from gateway.catalog import load_products
    from gateway.settings import load_settings
    from gateway.sources.findings import nearest

    settings = load_settings(config, ADAPTERS)
    products = load_products(settings)
    outline, rules = products.outline(product_type), products.rules(product_type)
    if outline is None or rules is None:
        hint = nearest(product_type, products.types) or f"it has {', '.join(products.types) or 'none'}"
        raise NotPossible(f"{config} has no product {product_type} ({hint})")
    relations, places = rules.relations or {}, rules.places
    sold = [
        one.id for one in settings.offerings if products.resolve(one.specification) == products.resolve(product_type)
    ]
    return Product(
        outline,
        products.outlines,
        tuple(relations),
        None if places is None else tuple(places),
        tuple(name for name, said in relations.items() if said.at_least),
        tuple(name for name, said in (places or {}).items() if said.required),
        sold[0] if sold else "1",
    )


def _of_wsdl(arguments: argparse.Namespace, configured: SystemSettings | None) -> _Contract:
    from adapters.soap.describe import describe_operation, place_of
    from adapters.soap.options import SoapOptions
    from adapters.soap.vendoring import vendored
    from gateway.authoring.new.wording import file_name

    options = configured.options if configured else None
    said = options if isinstance(options, SoapOptions) else None
    if arguments.table is not None or arguments.query is not None:
        raise NotPossible(f"the system {arguments.system} is a SOAP service: it has operations, no tables")
    wsdl: Path = arguments.wsdl or (said.wsdl if said else Path())
    if arguments.operation is None:
        raise NotPossible(f"say --operation NAME; these are there: poq-gateway mapping new --list --wsdl {wsdl}")
    service = arguments.service or (said.service if said else None)
    port = arguments.port or (said.port if said else None)
    service, port = place_of(wsdl, arguments.operation, service, port)
    described = describe_operation(wsdl, arguments.operation, service, port)
    files = vendored(wsdl)
    system = arguments.system or file_name(wsdl.stem, "system")
    names = "".join(f", {word}: {value}" for word, value in (("service", service), ("port", port)) if value)
    configuration = f"soap: {{wsdl: {_copy(arguments, system) / next(iter(files))}{names}}}"
    return _Contract(
        described,
        files,
        f"operation {arguments.operation} of {wsdl.name}",
        system,
        configuration,
        configured is not None,
    )


def _of_openapi(arguments: argparse.Namespace, configured: SystemSettings | None) -> _Contract:
    from adapters.rest.describe import describe_operation, vendored
    from adapters.rest.options import RestOptions
    from gateway.authoring.new.wording import file_name

    options = configured.options if configured else None
    file: Path | None = arguments.openapi or (options.openapi if isinstance(options, RestOptions) else None)
    if file is None:
        raise NotPossible(f"the system {arguments.system} has no OpenAPI file: say --openapi FILE")
    if arguments.operation is None:
        raise NotPossible(f"say --operation NAME; these are there: poq-gateway mapping new --list --openapi {file}")
    described = describe_operation(file, arguments.operation)
    files = vendored(file)
    system = arguments.system or file_name(file.stem, "system")
    configuration = f"rest: {{openapi: {_copy(arguments, system) / next(iter(files))}}}"
    return _Contract(
        described,
        files,
        f"operation {arguments.operation} of {file.name}",
        system,
        configuration,
        configured is not None,
    )


def _of_database(arguments: argparse.Namespace, configured: SystemSettings | None) -> _Contract:
    from adapters.sql.definitions import SUFFIX, definition_text
    from adapters.sql.describe import database_options, describe_query, describe_table
    from adapters.sql.options import SqlOptions

    options = configured.options if configured else None
    if not isinstance(options, SqlOptions):
        if arguments.url is None:
            raise NotPossible("say where the database is: --url, or --system NAME -c FILE")
        options = database_options(arguments.url)
    if arguments.table is not None:
        look, what = describe_table(options, arguments.table), f"the table {arguments.table}"
    elif arguments.query is not None:
        look, what = describe_query(options, _query(arguments.query)), "a query"
    else:
        raise NotPossible(f"the system {arguments.system} is a database: say --table NAME or --query SQL")
    query = dict(look.described.definition)["query"]
    system = arguments.system or "database"
    definition = {f"{_called(arguments)}{SUFFIX}": definition_text(look.tables, query).encode()}
    configuration = f"sql: {{url: …, tables: {_copy(arguments, system)}}}"
    return _Contract(look.described, definition, what, system, configuration, configured is not None)


def _query(said: str) -> str:
    """The SQL itself, or what stands in a file."""
    if not said.startswith("@"):
        return said
    try:
        return Path(said[1:]).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise NotPossible(f"{said[1:]} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _called(arguments: argparse.Namespace) -> str:
    from gateway.authoring.new.wording import file_name

    return str(arguments.name or file_name(arguments.operation or arguments.table or "query", "mapping"))


def _copy(arguments: argparse.Namespace, system: str) -> Path:
    output: Path = arguments.output
    return output / CONTRACTS / system


def _write(arguments: argparse.Namespace, contract: _Contract) -> int:
    from gateway.authoring.new.copies import check_new, store, write_new
    from gateway.authoring.new.first_test import first_test
    from gateway.authoring.new.skeleton import Wanted, skeleton
    from gateway.cli.mapping_schema import FILE_NAME, MODELINE, schema_text

    name, folder = _called(arguments), arguments.output
    wanted = Wanted(name, contract.system, arguments.product, contract.source, MODELINE)
    product = product_of(arguments.config, arguments.product)
    made = skeleton(contract.described, wanted, product)
    mapping = folder / f"{name}.yaml"
    texts = {
        mapping: made.text,
        folder / f"{name}.test.yaml": first_test(contract.described, wanted, made.step, product),
    }
    if not (folder / FILE_NAME).exists():
        texts[folder / FILE_NAME] = schema_text()
    check_new(texts)
    copy = _copy(arguments, contract.system)
    is_stored = store(copy, contract.files, contract.source)
    write_new(texts)
    for path in texts:
        print(f"wrote {path}")
    print(f"{'wrote' if is_stored else 'kept'} {copy} ({len(contract.files)} file(s), with their hashes)")
    _tell_next(arguments, contract, wanted, len(made.todos))
    return DONE


def _tell_next(arguments: argparse.Namespace, contract: _Contract, wanted: Wanted, todos: int) -> None:
    if not contract.is_configured:
        print(f"In the configuration: systems: {{{wanted.system}: {{{contract.configuration}}}}}")
    print(f"Next: fill in the {todos + (wanted.product is None)} TODO(s); poq-gateway mapping lint {arguments.output}")


def _list(arguments: argparse.Namespace) -> int:
    """The operations of a WSDL (by port) or an OpenAPI file; those that cannot be called with the reason."""
    found = _listed(arguments)
    for (service, port), listed in groupby(found, key=lambda one: (one.service, one.port)):
        print(f"{service} / {port}" if port else service)
        for one in listed:
            remark = f"not possible: {one.problem}" if one.problem else one.note
            print(f"  {one.name}" + (f"  ({remark})" if remark else ""))
    usable = sum(not one.problem for one in found)
    print(f"{len(found)} operation(s), {usable} can be called")
    return DONE


def _listed(arguments: argparse.Namespace) -> list[Listed]:
    wsdl, openapi = arguments.wsdl, arguments.openapi
    if wsdl is None and openapi is None and arguments.config is not None:
        options = _options(_configured(arguments))
        wsdl, openapi = getattr(options, "wsdl", None), getattr(options, "openapi", None)
    if openapi is not None:
        from adapters.rest.describe import list_operations as of_openapi

        return of_openapi(openapi)
    if wsdl is not None:
        from adapters.soap.describe import list_operations as of_wsdl

        return of_wsdl(wsdl)
    raise NotPossible("--list needs --wsdl or --openapi FILE, or --system NAME -c FILE of a system that has one")


def _options(configured: SystemSettings | None) -> object:
    return configured.options if configured else None
