"""Messages written and read by the library: for operations whose messages the shapes do not cover.

Values are held against the shapes on the way in, so that nothing is guessed here either, and come out in the same form:
names without the library's underscores, declared but absent members as None.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree
from zeep import Settings, xsd
from zeep.exceptions import Error as ZeepError
from zeep.xsd.context import XmlParserContext
from zeep.xsd.elements.indicators import Group, OrderIndicator
from zeep.xsd.valueobjects import CompoundValue

from adapters.base import AdapterConfigurationError, Cause, NoAnswer
from adapters.soap.codec import CompiledCodec
from adapters.soap.decode import XSI_NIL
from adapters.soap.encode import Writer, named, write_leaf
from adapters.soap.exchange import Exchange, Message
from adapters.soap.leaves import BOOLEANS, read_text
from adapters.soap.shapes import TYPE, Kind, Leaf, Member, Names, Shape, Struct, reached

LIBRARY_ERRORS = (ZeepError, TypeError, ValueError, AttributeError, LookupError, ArithmeticError)


class ZeepCodec(CompiledCodec):
    """By the library's own serialiser and deserialiser, for the messages that need it; headers always by shapes.

    Fulfils `adapters.soap.codec.Codec`.
    """

    def __init__(self, exchange: Exchange, names: Names, types: Any) -> None:
        """Raises AdapterConfigurationError for what the library does not cover either."""
        super().__init__(exchange, names)
        self.name = f"zeep: {exchange.request.uncompiled or exchange.reply.uncompiled}"
        self._types = types
        context: Any = XmlParserContext
        self._context = context(Settings(strict=True))
        for message in (exchange.request, exchange.reply):
            _refuse(message)
        if exchange.reply.uncompiled:
            _refuse_misread(exchange.reply)

    def _write_body(self, writer: Writer, body: etree._Element, arguments: Mapping[str, Any]) -> None:
        message = self._request
        if not message.uncompiled:
            super()._write_body(writer, body, arguments)
            return
        parent = etree.SubElement(body, message.tag) if message.is_rpc and message.tag else body
        into = _Into(writer)
        for element, struct, values, where in _parts(message, arguments, writer):
            value = into.value(element.type, struct, values, where)
            if writer.problems:
                continue
            try:
                element.render(parent, value, [])
            except LIBRARY_ERRORS as error:
                writer.problems.append(" ".join(str(error).split()) or type(error).__name__)

    def _read_body(self, body: etree._Element) -> dict[str, Any]:
        message = self._reply
        if not message.uncompiled:
            return super()._read_body(body)
        try:
            if message.tag is not None and not message.is_rpc:
                whole: dict[str, Any] = self._read(body[0], message.sources[0], message.body)
                return whole
            values: dict[str, Any] = {name: [] if one.many else None for name, one in message.body.members.items()}
            sources = {element.qname.text: element for element in message.sources}
            for child in body if message.tag is None else body[0]:
                member = message.body.elements[str(child.tag)]
                if child.get(XSI_NIL) in ("true", "1"):
                    continue
                values[member.name] = self._read(child, sources[str(child.tag)], member.shape)
            return values
        except LIBRARY_ERRORS as error:
            raise NoAnswer(Cause.UNREADABLE, f"the reply cannot be read: {' '.join(str(error).split())}") from error

    def _read(self, element: etree._Element, source: Any, shape: Shape) -> Any:
        return outof(source.type, shape, source.parse(element, self._types, context=self._context))


def _refuse(message: Message) -> None:
    for struct in reached(message.body) if message.uncompiled else ():
        what = "a wildcard" if struct.wild else "mixed content" if struct.mixed else ""
        if what or struct.derived:
            raise AdapterConfigurationError(
                f"{message.uncompiled}, and it has {what or 'derived types'}, which together is not supported"
            )


def _refuse_misread(reply: Message) -> None:
    """Of a group that may be empty the library makes as many empty ones as are allowed, where an element comes behind
    it: without an end where there is none.
    """
    for struct in reached(reply.body):
        members = list(struct.members.values())
        if struct.group is None or not isinstance(struct.group.shape, Struct):
            continue
        behind = members[members.index(struct.group) + 1 :]
        within = struct.group.shape.members
        if any(one.wild or one.tag in struct.elements for one in behind) and not any(
            one.required for one in within.values()
        ):
            names = ", ".join(within)
            raise AdapterConfigurationError(
                f"{reply.uncompiled}, and elements come behind the group ({names}), which may be empty: "
                "together that is not supported"
            )


def _parts(message: Message, arguments: Mapping[str, Any], writer: Writer) -> list[tuple[Any, Shape, Any, str]]:
    """What is written, element by element."""
    if message.tag is not None and not message.is_rpc:
        return [(message.sources[0], message.body, arguments, "")]
    found: list[tuple[Any, Shape, Any, str]] = []
    members = message.body.members
    writer.problems += [
        f"{name}: not known; there are: {', '.join(members)}" for name in arguments if name not in members
    ]
    for element in message.sources:
        member = message.body.elements[element.qname.text]
        value = arguments.get(member.name)
        if value is None and not member.nillable:
            writer.problems.append(f"{member.name}: missing")
        else:
            found.append((element, member.shape, value, member.name))
    return found


class _Into:
    """From plain data to the library's keyword arguments."""

    def __init__(self, writer: Writer) -> None:
        self._problems = writer.problems

    def value(self, xsd_type: Any, shape: Shape, value: Any, where: str) -> Any:
        """A value of a type, as the library wants it."""
        if value is None:
            return xsd.Nil
        if isinstance(shape, Leaf) or not isinstance(xsd_type, xsd.ComplexType):
            leaf = shape if isinstance(shape, Leaf) else shape.members["value"].shape
            inner = value.get("value") if isinstance(shape, Struct) and isinstance(value, Mapping) else value
            return self._leaf(xsd_type, leaf, inner, where)
        if not isinstance(value, Mapping):
            self._problems.append(f"{where or 'the arguments'}: expected an object, got {named(value)}")
            return {}
        return self._struct(xsd_type, shape, value, where)

    def _leaf(self, xsd_type: Any, leaf: Any, value: Any, where: str) -> Any:
        try:
            text = write_leaf(leaf, value)
            # What the library would write another way than it was given stays text, which it takes for all of these.
            if leaf.listed:
                return text.split()
            if leaf.kind is Kind.LEXICAL:
                return xsd_type.pythonvalue(text)
            return BOOLEANS[text] if leaf.kind is Kind.BOOLEAN else text
        except LIBRARY_ERRORS as error:
            self._problems.append(f"{where}: {error}")
            return None

    def _struct(self, xsd_type: Any, struct: Struct, values: Mapping[str, Any], where: str) -> dict[str, Any]:
        prefix = f"{where}." if where else ""
        known = ", ".join(struct.members) or "none"
        unknown = [name for name in values if name not in struct.members and name != TYPE]
        self._problems += [f"{prefix}{name}: not known; there are: {known}" for name in unknown]
        found: dict[str, Any] = {}
        for name, content in xsd_type.elements_nested:
            if isinstance(content, OrderIndicator | Group):
                found.update(self._group(content, name, struct, values, prefix))
            else:
                self._member(found, name, content.type, struct.text, values, prefix)
        for name, attribute in xsd_type.attributes:
            if attribute.name is not None:
                self._member(found, name, attribute.type, struct.attributes[attribute.qname.text], values, prefix)
        return found

    def _group(
        self, content: Any, name: str | None, struct: Struct, values: Mapping[str, Any], prefix: str
    ) -> dict[str, Any]:
        if _repeats(content):
            return {name or "_value_1": self._repeated(content, struct, values, prefix)}
        found: dict[str, Any] = {}
        for inner_name, child in _nested(content):
            if isinstance(child, OrderIndicator | Group):
                found.update(self._group(child, inner_name, struct, values, prefix))
            elif isinstance(child, xsd.Element):
                self._member(found, inner_name, child.type, struct.elements[child.qname.text], values, prefix)
        return found

    def _repeated(self, content: Any, struct: Struct, values: Mapping[str, Any], prefix: str) -> list[Any]:
        group = next((member for member in struct.members.values() if member.group), None)
        if group is None:  # a choice that repeats: its alternatives one after the other
            singles = [
                (child, struct.elements[child.qname.text], item)
                for _, child in _nested(content)
                for item in values.get(struct.elements[child.qname.text].name) or ()
            ]
            return [{child.name: self.value(child.type, member.shape, item, prefix)} for child, member, item in singles]
        assert isinstance(group.shape, Struct)
        given = values.get(group.name) or []
        if not isinstance(given, list | tuple):
            self._problems.append(f"{prefix}{group.name}: expected a list, got {named(given)}")
            return []
        found = []
        for number, item in enumerate(given):
            where = f"{prefix}{group.name}[{number}]"
            if not isinstance(item, Mapping):
                self._problems.append(f"{where}: expected an object, got {named(item)}")
                continue
            unknown = [name for name in item if name not in group.shape.members]
            self._problems += [f"{where}.{name}: not known" for name in unknown]
            one: dict[str, Any] = {}
            for inner_name, child in _nested(content):
                if isinstance(child, xsd.Element):
                    self._member(one, inner_name, child.type, group.shape.elements[child.qname.text], item, f"{where}.")
                else:
                    one.update(self._group(child, inner_name, group.shape, item, f"{where}."))
            found.append(one)
        return found

    def _member(
        self, found: dict[str, Any], name: Any, xsd_type: Any, member: Any, values: Mapping[str, Any], prefix: str
    ) -> None:
        value = values.get(member.name)
        where = prefix + member.name
        if value is None and not (member.nillable and member.required and member.name in values):
            if member.required:
                self._problems.append(f"{where}: missing")
        elif member.many and isinstance(value, list | tuple):
            found[name] = [self._item(xsd_type, member, item, f"{where}[{at}]") for at, item in enumerate(value)]
        elif member.many:
            self._problems.append(f"{where}: expected a list, got {named(value)}")
        else:
            found[name] = self._item(xsd_type, member, value, where)

    def _item(self, xsd_type: Any, member: Member, value: Any, where: str) -> Any:
        if value is None and not member.nillable:
            self._problems.append(f"{where}: null, but the element is needed")
        return self.value(xsd_type, member.shape, value, where)


def _repeats(content: Any) -> bool:
    return content.max_occurs != 1 or (isinstance(content, Group) and content.child.max_occurs != 1)


def _nested(content: Any) -> list[tuple[str | None, Any]]:
    found = content.child.elements_nested if isinstance(content, Group) else content.elements_nested
    return list(found)


def outof(xsd_type: Any, shape: Shape, value: Any) -> Any:
    """From the library's value to plain data."""
    if isinstance(shape, Leaf):
        return _plain_leaf(xsd_type, shape, value)
    if not isinstance(xsd_type, xsd.ComplexType):
        inner = shape.members["value"].shape
        assert isinstance(inner, Leaf)
        return {"value": _plain_leaf(xsd_type, inner, value)}
    values: dict[str, Any] = {name: [] if member.many else None for name, member in shape.members.items()}
    if value is None:
        return values
    for name, content in xsd_type.elements_nested:
        if isinstance(content, OrderIndicator | Group):
            _out_of_group(content, name, shape, value, values)
        elif shape.text is not None:
            values[shape.text.name] = outof(content.type, shape.text.shape, _got(value, name))
    for name, attribute in xsd_type.attributes:
        if attribute.name is not None:
            member = shape.attributes[attribute.qname.text]
            got = _got(value, name)
            values[member.name] = None if got is None else outof(attribute.type, member.shape, got)
    return values


def _out_of_group(content: Any, name: str | None, struct: Struct, value: Any, values: dict[str, Any]) -> None:
    if not _repeats(content):
        for inner_name, child in _nested(content):
            if isinstance(child, OrderIndicator | Group):
                _out_of_group(child, inner_name, struct, value, values)
            elif isinstance(child, xsd.Element):
                _out_of_element(child, struct.elements[child.qname.text], _got(value, inner_name), values)
        return
    group = next((member for member in struct.members.values() if member.group), None)
    for item in _got(value, name or "_value_1") or ():
        target, within = ({}, group.shape) if group is not None else (values, struct)
        assert isinstance(within, Struct)
        if group is not None:
            target = {inner: [] if member.many else None for inner, member in within.members.items()}
            values[group.name].append(target)
        for inner_name, child in _nested(content):
            if isinstance(child, xsd.Element):
                _out_of_element(child, within.elements[child.qname.text], _got(item, inner_name), target)
            else:
                _out_of_group(child, inner_name, within, item, target)


def _out_of_element(child: Any, member: Member, got: Any, values: dict[str, Any]) -> None:
    if member.many:
        items = got if isinstance(got, list) else [] if got is None else [got]
        values[member.name] += [None if item is None else outof(child.type, member.shape, item) for item in items]
    elif got is not None:
        values[member.name] = outof(child.type, member.shape, got)
    elif member.required and not member.nillable:
        # The schema has seen that it is there; the library makes nothing of an element that is empty.
        values[member.name] = outof(child.type, member.shape, None)


def _got(value: Any, name: str | None) -> Any:
    if isinstance(value, CompoundValue):
        return value.__values__.get(name)
    return value.get(name) if isinstance(value, Mapping) else value


def _plain_leaf(xsd_type: Any, leaf: Leaf, value: Any) -> Any:
    """The library's value, read anew from its text: one way from texts to values."""
    if value is None:
        return [] if leaf.listed else "" if leaf.kind in (Kind.TEXT, Kind.COLLAPSED, Kind.LEXICAL) else None
    text = value if isinstance(value, str) else xsd_type.xmlvalue(value)
    return read_text(leaf, text.decode() if isinstance(text, bytes) else text)
