"""A finding inside an expression stands below its word, however the expression is written in the file."""

from __future__ import annotations

import pytest

from gateway.mapping.loading import load_mapping_text
from gateway.mapping.requesting import check_request
from gateway.sources.findings import FindingsError, show
from tests.support.mappings import HEAD, KINDS

STYLES = {
    "plain": "a: =upper(itm.id)",
    "plain over lines": "a: =upper(item.id) +\n    itm.id",
    "with a comment behind it": "a: =upper(itm.id)   # itm",
    "literal": "a: |\n    =upper(item.id) +\n      upper(\n        itm.id)",
    "literal with empty lines, kept": "a: |+\n    =upper(item.id) +\n\n\n    itm.id\n\n",
    "literal with lines of blanks": "a: |\n    =upper(item.id) +\n    \n    itm.id",
    "folded": "a: >-\n    =upper(item.id) +\n    itm.id",
    "folded with an empty line": "a: >\n    =upper(item.id) +\n\n    itm.id",
    "folded with a line further in": "a: >\n    =upper(item.id) +\n       item.id +\n    itm.id",
    "folded with Python's escapes": "a: >-\n    =upper('it\\'s') + itm.id",
    "double quotes with escapes": r"""a: "=upper('\u00e9\t\x41\"\e') + itm.id" """,
    "double quotes with an emoji": "a: \"=upper('\\U0001F600 \U0001f600') + itm.id\"",
    "double quotes over lines": "a: \"=upper('a') +\n     itm.id\"",
    "double quotes with a line break taken out": "a: \"=upper('a') + \\\n     itm.id\"",
    "double quotes with a line break written": "a: \"=upper('a') +\\n itm.id\"",
    "single quotes with doubled ones": "a: '=upper(''x'') + itm.id'",
    "single quotes over lines": "a: '=upper(''x'') +\n\n   itm.id'",
    "between braces": "a: {b: =upper(item.id), c: =itm.id}",
    "between braces, quoted": "a: {b: 1, c: \"=place(item, 'x') + itm.id\"}",
    "between brackets": "a: [1, =itm.id]",
    "with tabs": "a:\t=upper('a')\t+\titm.id",
    "behind wide characters": "a: =upper('東京') + itm.id",
    "behind wide characters in a block": "a: >-\n    =upper('東京e\u0301') +\n    upper('東') + itm.id",
    "behind a no-break space": "a: >-\n    =upper('a\u00a0b') + itm.id",
}


@pytest.mark.parametrize("written", STYLES.values(), ids=STYLES.keys())
def test_a_caret_stands_below_the_word(written: str) -> None:
    text = f"{HEAD}let:\n  {written}\nanswer: [{{otherwise: fail}}]\n"
    with pytest.raises(FindingsError) as caught:
        load_mapping_text(text, "m.yaml", KINDS)
    (finding,) = caught.value.findings
    source = text.split("\n")[finding.location.line - 1]

    assert source[finding.location.column - 1 :].startswith("itm")
    assert show(finding, text).splitlines()[1] == f"    {source}"


def test_a_caret_stands_below_the_word_of_a_condition_in_a_block() -> None:
    text = (
        f"{HEAD}answer:\n  - when: |\n      item.id == 'a' and\n      itm.id == 'b'\n    red: x\n  - otherwise: fail\n"
    )
    with pytest.raises(FindingsError) as caught:
        load_mapping_text(text, "m.yaml", KINDS)
    (finding,) = caught.value.findings

    assert (finding.location.line, finding.location.column) == (HEAD.count("\n") + 4, 7)


@pytest.mark.parametrize(
    ("written", "member"),
    [
        pytest.param("=item.prodct.place", "prodct", id="in the middle"),
        pytest.param("=item['prodct']", "'prodct'", id="in brackets"),
        pytest.param("=text('東京') + item.product.plase", "plase", id="behind wide characters"),
        pytest.param(">-\n    =item.product\n    .plase", "plase", id="on a line of its own"),
    ],
)
def test_a_caret_stands_below_an_unknown_member(written: str, member: str) -> None:
    text = f"{HEAD}let:\n  a: {written}\nanswer: [{{otherwise: fail}}]\n"
    (finding,) = check_request(load_mapping_text(text, "m.yaml", KINDS))
    source = text.split("\n")[finding.location.line - 1]

    assert source[finding.location.column - 1 :].startswith(member)
