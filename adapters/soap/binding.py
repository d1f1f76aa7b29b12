"""What a WSDL's binding says of an operation and the library passes over: encoding, attachments, chosen parts.

Reads documents that are loaded already; fetches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from lxml import etree

from adapters.soap.documents import qualified

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SOAPS = ("{http://schemas.xmlsoap.org/wsdl/soap/}", "{http://schemas.xmlsoap.org/wsdl/soap12/}")
ACTIONS = (
    "{http://www.w3.org/2007/05/addressing/metadata}Action",
    "{http://www.w3.org/2006/05/addressing/wsdl}Action",
)
MIME = "{http://schemas.xmlsoap.org/wsdl/mime/}multipartRelated"
MTOM = "OptimizedMimeSerialization"


@dataclass(frozen=True)
class BindingFacts:
    """One operation of a binding. `refusal`: why it cannot be called at all, empty where it can.

    `action`: what WS-Addressing calls the request. `input_parts`, `output_parts`: the parts that the body has, None for
    all of them.
    """

    refusal: str = ""
    action: str = ""
    input_parts: tuple[str, ...] | None = None
    output_parts: tuple[str, ...] | None = None


def binding_facts(roots: Iterable[etree._Element], binding: etree.QName) -> Mapping[str, BindingFacts]:
    """The operations of the binding with this name, by their names."""
    roots = list(roots)
    policies = {identity: policy for root in roots for identity, policy in _policies(root)}
    found: dict[str, BindingFacts] = {}
    for root in roots:
        if root.tag != f"{WSDL}definitions" or (root.get("targetNamespace") or None) != binding.namespace:
            continue
        for element in root.iterfind(f"{WSDL}binding"):
            if element.get("name") == binding.localname:
                for operation in element.iterfind(f"{WSDL}operation"):
                    facts = _facts(element, operation, policies)
                    action = _action(roots, element, operation)
                    found[str(operation.get("name"))] = replace(facts, action=action)
    return found


def _action(roots: list[etree._Element], binding: etree._Element, operation: etree._Element) -> str:
    """The action of the request: said, or the SOAPAction, or made from names (WS-Addressing, WSDL Binding 4.4)."""
    port_type = qualified(binding, binding.get("type", ""))
    name = str(operation.get("name"))
    operations = (one for root in roots for one in _port_type_operations(root, port_type))
    abstract = next((one for one in operations if one.get("name") == name), None)
    request = abstract.find(f"{WSDL}input") if abstract is not None else None
    said = next((str(request.get(word)) for word in ACTIONS if request is not None and request.get(word)), "")
    soap = next((one.get("soapAction") for word in SOAPS for one in operation.iterchildren(f"{word}operation")), "")
    if said or soap:
        return said or str(soap)
    namespace, _, local = port_type.removeprefix("{").rpartition("}")
    mark = ":" if namespace.startswith("urn:") else "/"
    called = (request.get("name") if request is not None else None) or f"{name}Request"
    return f"{namespace.removesuffix(mark)}{mark}{local}{mark}{called}"


def _port_type_operations(root: etree._Element, port_type: str) -> Iterator[etree._Element]:
    namespace = root.get("targetNamespace")
    for element in root.iterfind(f"{WSDL}portType"):
        if port_type == (f"{{{namespace}}}{element.get('name')}" if namespace else element.get("name")):
            yield from element.iterfind(f"{WSDL}operation")


def _facts(binding: etree._Element, operation: etree._Element, policies: Mapping[str, etree._Element]) -> BindingFacts:
    return BindingFacts(
        refusal=_refusal(binding, operation, policies),
        input_parts=_parts(operation.find(f"{WSDL}input")),
        output_parts=_parts(operation.find(f"{WSDL}output")),
    )


def _refusal(binding: etree._Element, operation: etree._Element, policies: Mapping[str, etree._Element]) -> str:
    if any(part.get("use") == "encoded" for soap in SOAPS for part in operation.iter(f"{soap}body", f"{soap}header")):
        return "it is encoded (use=encoded), which is not supported: it has no schema to hold messages to"
    if next(operation.iter(MIME), None) is not None:
        return "it has attachments (MIME), which are not supported"
    for place in (binding, operation, *operation.iterchildren(f"{WSDL}input", f"{WSDL}output")):
        if any(_needs_mtom(policy) for policy in _applied(place, policies)):
            return "its policy asks for attachments (MTOM), which are not supported"
    return ""


def _parts(message: etree._Element | None) -> tuple[str, ...] | None:
    for soap in SOAPS:
        body = message.find(f"{soap}body") if message is not None else None
        if body is not None and body.get("parts") is not None:
            return tuple(body.get("parts", "").split())
    return None


def _policies(root: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    for element in root.iter():
        if _local(element) == "Policy":
            yield from ((str(value), element) for name, value in element.attrib.items() if str(name).endswith("Id"))


def _applied(place: etree._Element, policies: Mapping[str, etree._Element]) -> Iterator[etree._Element]:
    for child in place:
        if _local(child) == "Policy":
            yield child
        elif _local(child) == "PolicyReference":
            policy = policies.get(str(child.get("URI")).removeprefix("#"))
            if policy is not None:
                yield policy


def _needs_mtom(policy: etree._Element) -> bool:
    """Whether the policy has the assertion, and does not call it optional."""
    return any(
        _local(element) == MTOM
        and not any(str(name).endswith("}Optional") and value == "true" for name, value in element.attrib.items())
        for element in policy.iter()
    )


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]  # a comment's tag is a function, of no such name
