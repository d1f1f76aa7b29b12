"""Adapters of other packages: found, checked, and told about where they cannot be used."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, distributions
from pathlib import Path

import pytest

from adapters import soap
from adapters.base import Adapter, AdapterConfigurationError
from gateway.assembly.installed import GROUP, with_installed
from tests.support import reference
from tests.support.line_protocol import example, install


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for packages, which modules are imported from; they are forgotten after the test."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path  # type: ignore[misc]
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(tmp_path) in str(sys.modules[name].__file__):
            del sys.modules[name]


def found(folder: Path) -> list[EntryPoint]:
    return [one for dist in distributions(path=[str(folder)]) for one in dist.entry_points if one.group == GROUP]


def the_one(folder: Path, word: str, own: tuple[Adapter, ...] = ()) -> Adapter:
    (adapter,) = [one for one in with_installed(own, found(folder)) if one.word == word]
    return adapter


def reason(adapter: Adapter) -> str:
    """Why it cannot be used; its options and steps may be anything."""
    options = adapter.options.model_validate({"whatever": 1})
    adapter.step.model_validate({"whatever": 1})
    with pytest.raises(AdapterConfigurationError) as raised:
        adapter.build("planning", options, calls_at_once=1)
    return str(raised.value)


def test_an_adapter_of_a_package_stands_beside_our_own(packages: Path) -> None:
    install(packages, {"line_protocol": "line_protocol:ADAPTER"}, line_protocol=example())

    adapters = with_installed((soap.ADAPTER,), found(packages))

    assert [adapter.word for adapter in adapters] == ["soap", "line_protocol"]
    assert adapters[1].build("x", adapters[1].options(host="h", tcp_port=1), calls_at_once=1).name == "x"


EXAMPLE = example()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("import nowhere_to_be_found", "cannot be loaded: ModuleNotFoundError: No module", id="broken"),
        pytest.param("raise SyntaxError('x\\ny')", "cannot be loaded: SyntaxError: x y", id="broken in two lines"),
        pytest.param("OTHER = 1", "cannot be loaded: AttributeError", id="no such attribute"),
        pytest.param("ADAPTER = 1", "int is no adapters.base.Adapter", id="no adapter"),
        pytest.param(EXAMPLE.replace("port=1)", "port=9)"), "port 9, and this gateway has port 1", id="another port"),
        pytest.param(EXAMPLE.replace(", port=1)", ")"), "port 0", id="no port"),
        pytest.param(
            EXAMPLE.replace('word="line_protocol"', 'word="other"'), "calls itself 'other'", id="another word"
        ),
        pytest.param(EXAMPLE.replace("step=Step", "step=dict"), "must be pydantic models", id="no model"),
    ],
)
def test_one_that_cannot_be_used_says_why_where_it_is_used(packages: Path, text: str, words: str) -> None:
    install(packages, {"line_protocol": "line_protocol:ADAPTER"}, line_protocol=text)

    said = reason(the_one(packages, "line_protocol"))

    assert said.startswith("planning: the adapter 'line_protocol' of poq-lines 1.0 cannot be ")
    assert words in said
    assert said.isprintable()


@pytest.mark.parametrize("word", ["timeout", "with", "on", "retries", "Lines", "a-b"])
def test_a_word_that_means_something_else_is_refused(packages: Path, word: str) -> None:
    text = EXAMPLE.replace('word="line_protocol"', f'word="{word}"')
    install(packages, {word: "line_protocol:ADAPTER"}, line_protocol=text)

    assert "this word is taken" in reason(the_one(packages, word))


def test_a_word_of_two_packages_is_nobodys(packages: Path) -> None:
    install(packages, {"line_protocol": "line_protocol:ADAPTER"}, line_protocol=EXAMPLE)
    install(packages, {"line_protocol": "line_protocol:ADAPTER"}, name="poq-more-lines")

    assert "of poq-lines 1.0 and poq-more-lines 1.0" in reason(the_one(packages, "line_protocol"))


def test_a_word_of_our_own_is_not_taken_over(packages: Path) -> None:
    install(packages, {"soap": "line_protocol:ADAPTER"}, line_protocol=EXAMPLE)

    assert "of the gateway and poq-lines 1.0" in reason(the_one(packages, "soap", (soap.ADAPTER,)))


def test_the_pages_that_are_made_of_adapters_have_it_too(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(packages, {"line_protocol": "line_protocol:ADAPTER"}, line_protocol=EXAMPLE)
    monkeypatch.setattr(reference, "ADAPTERS", with_installed((), found(packages)))

    assert "| `command` (needed) | text | What is asked, for example `CHECK`. |" in reference.page()
