"""Expressions made by chance, and hostile ones made on purpose: what whoever writes mappings might write, or worse.

Everything follows from a seed; nothing is kept between two of them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

from gateway.mapping.expressions.functions import FUNCTIONS

NAMES = (
    *("x", "y", "item", "rows", "long", "texts", "wide", "nested", "now", "codes", "None", "true", "null"),
    *("item.id", "item.product.place", "rows[0].free", "rows[1]", "item.nothing.at.all"),
)
LITERALS = (
    *("0", "1", "-1", "2.5", "1e29", "7", "''", "'a'", "'A;B;C'", "'2026-05-01'", "'%Y%m%d'", "'Europe/Berlin'"),
    *("'/product/place/0'", "r'[a-z]+'", "[]", "{}", "[1, 2, 3]", "{'a': 1}", "'INSTALL_LOCATION'", "'MBPS'"),
)
OPERATORS = ("+", "-", "*", "/", "//", "%", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or")


def generated(chance: Random, depth: int = 4) -> str:
    """An expression out of all that the language has, mostly of the right form, rarely of the right kinds."""
    if depth == 0 or chance.random() < 0.15:
        return chance.choice(chance.choice((NAMES, LITERALS)))

    def part() -> str:
        return generated(chance, depth - 1)

    match chance.randrange(11):
        case 0 | 1 | 2:
            return f"({part()} {chance.choice(OPERATORS)} {part()})"
        case 3:
            return f"{chance.choice(('not ', '-'))}({part()})"
        case 4:
            return f"({part()} if {part()} else {part()})"
        case 5:
            return f"{part()}.{chance.choice(('id', 'a', 'place', 'free', '__class__', 'keys'))}"
        case 6:
            return f"{part()}[{part()}]"
        case 7:
            return f"[{part()} for e in {chance.choice(('rows', 'long', 'texts', part()))} if {part()}]"
        case _:
            function = chance.choice(list(FUNCTIONS.values()))
            count = max(len(function.parameters) - (chance.random() < 0.2), 0)
            return f"{function.name}({', '.join(part() for _ in range(count))})"


def scope_values() -> dict[str, Any]:
    """Names with values as large as a request or a reply may bring them."""
    rows = [{"free": number, "id": f"port-{number}", "state": "A"} for number in range(50)]
    nested: Any = []
    for _ in range(60):
        nested = [nested, {"a": nested}] if not nested else [nested]
    return {
        "x": 3,
        "y": "abc",
        "rows": rows,
        "long": list(range(2000)),
        "texts": ["a" * 60_000] * 2000,
        "wide": "\U0001f600" * 16_000,
        "pairs": [[1]] * 2000,
        "nested": nested,
        "now": date(2026, 5, 1),
    }


def _attributes(chance: Random) -> str:
    dunder = chance.choice(
        ("__class__", "__globals__", "__builtins__", "__mro__", "__subclasses__", "__import__", "__code__", "__dict__")
    )
    other = chance.choice(("__base__", "gi_frame", "f_back", "func_globals", "__reduce__", "format", "__init__"))
    return chance.choice(
        (
            f"x.{dunder}.{other}",
            f"().{dunder}.{other}()",
            f"''.{dunder}",
            f"item['{dunder}']['{other}']",
            f"{dunder}('os').system('true')",
            f"getattr(x, '{dunder}')",
            f"_call(0, _functions['first'], scope, {dunder})",
            f"scope.{dunder}",
            f"_functions.{other}",
            f"[e.{dunder} for e in rows]",
            f"default(x.{dunder}, first)",
            f"eval('{dunder}')",
            f"lambda: {dunder}",
            f"(v_x := {dunder})",
            f"codes.{chance.choice(('entries', 'places', dunder))}",
        )
    )


def _formats(chance: Random) -> str:
    field = chance.choice(("0.__class__", "x!r:>9999999", "0:{0}", "a.b.c", ":=^999999999"))
    return chance.choice(
        (
            f"'{{{field}}}'.format(x)",
            f"f'{{x.{field[:3]}}}'",
            f"'%{chance.choice(('9999999d', 's', '*d', '(a)s'))}' % x",
            f"text('{{{field}}}')",
            f"'{{{field}}}' % item",
            f"join(['{{{field}}}'], x)",
        )
    )


def _powers(chance: Random) -> str:
    nines = "9" * chance.choice((29, 30, 31, 4300, 4400))
    return chance.choice(
        (
            f"{chance.randrange(2, 99)} ** {nines[:9]} ** 9",
            " * ".join([nines[:29]] * chance.randrange(2, 90)),
            nines,
            f"{nines} // 7",
            f"0x{'f' * chance.randrange(10, 3900)}",
            f"1e{chance.randrange(20, 999_999)}",
            f"number('1e{chance.randrange(10, 99)}') * number('9e{chance.randrange(10, 99)}')",
            f"1 << {nines[:9]}",
            f"days({nines[:20]}) + now",
            f"text(number('1e-{chance.randrange(10, 99)}') / {nines[:28]})",
            f"business_days(now, {nines[:8]})",
        )
    )


def _repetitions(chance: Random) -> str:
    times = chance.randrange(2, 70)
    return chance.choice(
        (
            f"'abc' * {10**times}",
            f"[0] * {10 ** chance.randrange(3, 12)}",
            " + ".join(["wide"] * times),
            " + ".join(["long"] * times),
            f"[{', '.join(['wide + wide'] * times)}]",
            f"[{', '.join(['upper(texts[0])'] * times)}]",
            f"replace(texts[0], 'a', '{'b' * times}')",
            f"replace(replace(texts[0], 'aa', 'a'), 'a', '{'é' * times}')",
            f"join(texts, '{'-' * times}')",
            f"split(texts[0], '{'a' * chance.choice((1, 2, 40))}')",
            "join(split(texts[0], 'a'), wide)",
            "with_value(item, '" + "/a" * chance.randrange(1, 1900) + "', 1)",
        )
    )


def _comprehensions(chance: Random) -> str:
    body = chance.choice(
        (
            *("upper(e)", "e + e", "texts[0] + 'x'", "replace(texts[0], 'a', 'b')", "strip(wide)", "sum(long)"),
            *("sorted(long)", "unique(pairs)", "unique(long)", "e in long", "long == long", "sorted(texts)"),
            *("[f for f in long]", "max(long)", "join(texts, '')", "split(y, 'a')", "pointer(item, 'id')"),
            *("with_value(item, '/id', long)", "related('CONNECTS_TO_UNI')", "matches(wide, '(.*a){50}')"),
            *("wide in wide", "date(y, '%Y%m%d')", "datetime('2026-05-01', text(e))", "long + long", "texts == texts"),
            *("matches('a', text(e) + '{900}')", "first(long) + count(long)", "wide == wide + ' '", "lower(texts[1])"),
        )
    )
    source = chance.choice(("long", "texts", "pairs", "rows", "long + long", "[f for f in long]"))
    return chance.choice(
        (
            f"[{body} for e in {source}]",
            f"sum([count([g for g in long]) for e in {source}])",
            f"[[{body}, {body}, {body}] for e in {source} if {body} != None]",
            f"[e for e in {source} for f in {source}]",
            f"all([{body} for e in {source}])",
            f"[{body} for e in {source} if e in {source}]",
            f"[{'[' * chance.randrange(1, 30)}e for e in long{']' * chance.randrange(1, 30)}]",
        )
    )


def _patterns(chance: Random) -> str:
    times = chance.choice((5, 30, 200, 1000, 1001))
    pattern = chance.choice(
        (
            *(f"(a+)+{'b' * (times % 40)}", f"(.*a){{{times}}}", f"(a|a)*{{{times}}}", rf"\pL{{{times}}}", "(" * times),
            *(f".{{0,{times}}}" * (times % 7 + 1), "a?" * (times % 400) + "a" * (times % 400), r"(\w+\s?)*$", "[^\\0]"),
            *(f"((((a{{{times % 30}}}){{{times % 30}}}){{{times % 30}}}))", "(?i)" + "[a-zé]" * (times % 150)),
            *(r"\1", "(?=a)"),
        )
    )
    subject = chance.choice(("texts[0]", "wide", "y", "wide + wide", f"'{'a' * (times % 100)}'"))
    return chance.choice(
        (f"matches({subject}, r'{pattern}')", f"[matches(e, r'{pattern}') for e in texts]", f"{pattern}")
    )


def _nesting(chance: Random) -> str:
    depth = chance.choice((10, 39, 41, 90, 200, 1300, 1999))
    left, right = chance.choice(
        (
            *(("(", ")"), ("[", "]"), ("-(", ")"), ("not (", ")"), ("first([", "])"), ("{'a': ", "}")),
            *(("x[", "]"), ("x.", "")),
        )
    )
    text = left * depth + "x" + right * chance.choice((depth, depth, depth - 1))
    return chance.choice(
        (
            *(text, "x" + ".a" * depth, "x" + "[0]" * depth, " + ".join("x" * depth), " if x else ".join("x" * depth)),
            *(" < ".join("x" * depth), "nested == nested", " and ".join(["nested == nested"] * 40), "-" * depth + "1"),
        )
    )


def _unicode(chance: Random) -> str:
    strange = chance.choice(
        "\u202e\u200b\ufeff\u2028\x85\x0b\xa0\u0130\ufb03\uff53\u037e\U0001d4cd\ud800\udfff\x00\x1a\r\f\u0345"
    )
    word = chance.choice(("x", "item", "__class__", "eval", "first", "ｅｖａｌ", "𝓮𝓿𝓪𝓵", "ﬁrst", "ſum"))
    at = chance.randrange(len(word) + 1)
    mixed = word[:at] + strange + word[at:]
    return chance.choice(
        (
            *(mixed, f"x.{mixed}", f"{word}(x)", f"'{strange * 300}'", f"upper('{strange * 900}')", f"x {strange} y"),
            *(f"'\\N{{LATIN SMALL LETTER {word}}}'", f"'\\u{ord(strange) % 65536:04x}' + x"),
            *(f"'\\ud8{at:02x}'", f"b'{word}'"),
            *(f"lower(upper('{strange}' + wide))", f"# coding: {word}\nx", f"{strange}x{strange}", f"'''{strange}'''"),
        )
    )


def _anything(chance: Random) -> str:
    signs = "xy1'\"().,[]{}:=+-*/%<>!&|^~@#\\ \n\tifelorandnotin_é\ud800\0`$?;"
    return "".join(chance.choice(signs) for _ in range(chance.choice((5, 40, 400, 3990, 4100))))


ATTACKS: tuple[Callable[[Random], str], ...] = (
    *(_attributes, _formats, _powers, _repetitions, _comprehensions, _comprehensions, _patterns, _nesting, _unicode),
    _anything,
)


def hostile(chance: Random) -> str:
    """An expression that tries to reach Python, or to take long or much."""
    return chance.choice(ATTACKS)(chance)
