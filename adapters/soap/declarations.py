"""What the schemas of a WSDL say of elements, as far as it is certainly understood: read from the documents themselves.

Whatever is not known here (a word, a reference, a name that two documents declare) makes the type that it stands in
unknown, and messages with such an element are held against the schema by its validator alone. Attributes are not
followed: a type that needs one is unknown too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from adapters.soap.contents import Automaton, Content, Part
from adapters.soap.documents import IMPORT, INCLUDE, SCHEMA, XSD, Documents, qualified
from adapters.soap.facets import Facets, Unsure, builtin, restricted

_ELEMENT, _COMPLEX, _SIMPLE, _GROUP = (f"{{{XSD}}}{word}" for word in ("element", "complexType", "simpleType", "group"))
_SEQUENCE, _CHOICE, _ALL, _ANY = (f"{{{XSD}}}{word}" for word in ("sequence", "choice", "all", "any"))
_ATTRIBUTE, _ANY_ATTRIBUTE = f"{{{XSD}}}attribute", f"{{{XSD}}}anyAttribute"
_COMPLEX_CONTENT, _EXTENSION, _RESTRICTION = (
    f"{{{XSD}}}{word}" for word in ("complexContent", "extension", "restriction")
)
_ANNOTATION = f"{{{XSD}}}annotation"
_GLOBAL = frozenset({_ELEMENT, _COMPLEX, _SIMPLE, _GROUP})
_PASSED_OVER = frozenset({_ANNOTATION, IMPORT, INCLUDE, _ATTRIBUTE, f"{{{XSD}}}attributeGroup", f"{{{XSD}}}notation"})
_OCCURS = frozenset({"minOccurs", "maxOccurs"})
_OF_ELEMENTS = (
    frozenset({"name", "ref", "type", "nillable", "form", "id", "block", "final", "substitutionGroup"}) | _OCCURS
)
_OF_TYPES = frozenset({"name", "id", "block", "final"})


class Declarations:
    """The elements that are declared by the schemas of one WSDL."""

    def __init__(self, documents: Documents) -> None:
        self._found: dict[tuple[str, str], etree._Element | None] = {}
        self._contents: dict[etree._Element, Content] = {}
        self._is_known = True
        for document in documents.all:
            self._take_in(document.root, document.namespace, is_plain=document.namespaces == {document.namespace})

    def _take_in(self, root: etree._Element, namespace: str, *, is_plain: bool) -> None:
        """The names of a document; those of one that takes its includers' namespaces are not known."""
        for node in root.iterchildren(tag=etree.Element):
            if node.tag in _GLOBAL:
                if is_plain:
                    name = _named(namespace, node.get("name", ""))
                    self._declare("type" if node.tag in (_COMPLEX, _SIMPLE) else str(node.tag), name, node)
            elif node.tag not in _PASSED_OVER:
                self._is_known = False  # a redefinition changes what stands elsewhere

    def _declare(self, kind: str, name: str, node: etree._Element) -> None:
        if (kind, name) not in self._found:
            self._found[kind, name] = node
        else:
            self._found[kind, name] = None

    def element(self, tag: str) -> Content | Facets | None:
        """What a global element is; None where that is not known."""
        return self._attempt(lambda: self._declared(self._global(_ELEMENT, tag)))

    def type(self, name: str) -> Content | Facets | None:
        """What an element of a type is; None where that is not known."""
        return self._attempt(lambda: self._type(name))

    def _attempt(self, ask: Any) -> Content | Facets | None:
        try:
            found: Content | Facets = ask()
        except (Unsure, ValueError, ArithmeticError):
            return None
        return None if not self._is_known or (isinstance(found, Content) and found.problem) else found

    def _global(self, kind: str, name: str) -> etree._Element:
        found = self._found.get((kind, name))
        if found is None:
            raise Unsure(f"{name} is not declared once")
        return found

    def _declared(self, node: etree._Element) -> Content | Facets:
        """What an element is by its declaration."""
        _only(node, _OF_ELEMENTS)
        inner = list(_children(node))
        said = node.get("type")
        if said is not None and not inner:
            return self._type(qualified(node, said))
        if said is None and len(inner) == 1 and inner[0].tag == _SIMPLE:
            return self._simple(inner[0])
        if said is None and len(inner) == 1 and inner[0].tag == _COMPLEX:
            return self._complex(inner[0])
        raise Unsure("an element without a type, or with more than that")

    def _type(self, name: str) -> Content | Facets:
        if name.startswith(f"{{{XSD}}}"):
            return builtin(name.partition("}")[2])
        node = self._global("type", name)
        return self._complex(node) if node.tag == _COMPLEX else self._simple(node)

    def _simple(self, node: etree._Element) -> Facets:
        inner = list(_children(node))
        if len(inner) != 1 or inner[0].tag != _RESTRICTION:
            raise Unsure("a list or a union")
        restriction, facets = inner[0], list(_children(inner[0]))
        said = restriction.get("base")
        if said is None and facets and facets[0].tag == _SIMPLE:
            base: Content | Facets = self._simple(facets.pop(0))
        elif said is not None:
            base = self._type(qualified(restriction, said))
        else:
            raise Unsure("a restriction of nothing")
        if not isinstance(base, Facets):
            raise Unsure("a restriction of a complex type")
        return restricted(base, facets)

    def _complex(self, node: etree._Element) -> Content:
        """Types may contain themselves: each is known before it is read."""
        known = self._contents.get(node)
        if known is not None:
            return known
        content = self._contents[node] = Content()
        automaton = Automaton()
        try:
            automaton.finish(content, self._body(node, automaton))
        except (Unsure, ValueError, ArithmeticError) as error:
            content.problem = str(error) or "not known"
        return content

    def _body(self, node: etree._Element, automaton: Automaton, *, may_be_abstract: bool = False) -> Part:
        """The elements of a complex type, those of its base first."""
        _only(node, _OF_TYPES | {"abstract"} if may_be_abstract else _OF_TYPES)
        inner = list(_children(node))
        if len(inner) != 1 or inner[0].tag != _COMPLEX_CONTENT:
            return self._particles(inner, automaton)
        _only(inner[0], frozenset({"id"}))
        extension = next(_children(inner[0]))
        if extension.tag != _EXTENSION:
            raise Unsure("a restriction of a complex type")
        base = self._global("type", qualified(extension, extension.get("base", "")))
        if base.tag != _COMPLEX:
            raise Unsure("an extension of a simple type")
        # A base that never stands itself says as much of its elements as any other.
        own = self._particles(list(_children(extension)), automaton)
        return automaton.sequence([self._body(base, automaton, may_be_abstract=True), own])

    def _particles(self, nodes: list[etree._Element], automaton: Automaton) -> Part:
        """What a type has in it: a group of elements at most, then attributes that need not be there."""
        groups: list[etree._Element] = []
        for node in nodes:
            if node.tag in (_SEQUENCE, _CHOICE, _ALL, _GROUP):
                groups.append(node)
            elif node.tag == _ATTRIBUTE:
                if node.get("use") == "required":
                    raise Unsure("an attribute that is needed")
            elif node.tag != _ANY_ATTRIBUTE:
                raise Unsure(str(node.tag))
        return automaton.sequence([self._particle(group, automaton) for group in groups])

    def _particle(self, node: etree._Element, automaton: Automaton) -> Part:
        """As often as it may stand there."""
        least, said = int(node.get("minOccurs", "1")), node.get("maxOccurs", "1")
        if node.tag == _ANY:
            if least:
                raise Unsure("a wildcard that is needed")
            return Part()
        return automaton.repeated(
            lambda: self._once(node, automaton), least, None if said == "unbounded" else int(said)
        )

    def _once(self, node: etree._Element, automaton: Automaton) -> Part:
        if node.tag == _ELEMENT:
            return automaton.element(*self._local(node))
        if node.tag == _GROUP and node.get("ref"):
            (inner,) = _children(self._global(_GROUP, qualified(node, node.get("ref", ""))))
            return self._once(inner, automaton)
        _only(node, _OCCURS | {"id"})
        parts = [self._particle(child, automaton) for child in _children(node)]
        if node.tag in (_SEQUENCE, _ALL):
            return automaton.sequence(parts)
        if node.tag == _CHOICE and parts:
            return automaton.choice(parts)
        raise Unsure(str(node.tag))

    def _local(self, node: etree._Element) -> tuple[str, Content | Facets | None]:
        """The tag of an element in a type, and what it is; that may be unknown, and only that element is so then."""
        reference = node.get("ref")
        if reference is not None:
            tag = qualified(node, reference)
            return tag, self._part(lambda: self._declared(self._global(_ELEMENT, tag)))
        schema = next(node.iterancestors(SCHEMA))
        form = node.get("form") or schema.get("elementFormDefault")
        namespace = schema.get("targetNamespace", "") if form == "qualified" else ""
        return _named(namespace, node.get("name", "")), self._part(lambda: self._declared(node))

    def _part(self, ask: Any) -> Content | Facets | None:
        try:
            found: Content | Facets = ask()
        except (Unsure, ValueError, ArithmeticError):
            return None
        return found


def _children(node: etree._Element) -> Iterator[etree._Element]:
    """The elements in it that say something to a program."""
    return (child for child in node.iterchildren(tag=etree.Element) if child.tag != _ANNOTATION)


def _only(node: etree._Element, known: frozenset[str]) -> None:
    """Raises Unsure for an attribute of the schema's language that is not known."""
    for name, said in node.attrib.items():
        is_off = name in ("abstract", "mixed") and said in ("false", "0")
        if not (name in known or is_off or str(name).startswith("{")):
            raise Unsure(f"{node.tag} with {name!r}")


def _named(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}" if namespace else name
