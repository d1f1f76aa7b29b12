"""What a mapping must not mean: nothing defaults to a promise, nothing that may fail is left unsaid."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from gateway.lso.problems import parse_pointer
from gateway.mapping.calls import check_calls, reads_something
from gateway.mapping.gaps import GapFinder, leaves
from gateway.mapping.given import check_given
from gateway.mapping.including import home_of
from gateway.mapping.language import StepKind
from gateway.mapping.names import TODO, needed_steps
from gateway.mapping.plan import Action, AnswerRule, Fields, Found, LoadedMapping, Refuse, Retry, Step
from gateway.mapping.template import Constant, Formula, TemplateCompiler
from gateway.mapping.unnamed import check_unnamed
from gateway.mapping.walking import templates
from gateway.sources.findings import Finding, Location, nearest
from gateway.sources.yamlfile import Path, SourceDocument

PROMISES = ("green", "yellow")
_PROMISED = ("installationInterval", "deliveryType")
_ROW_WORDS = ("no rows", "many rows")
_SAID = {"one": ("no rows", "many rows"), "optional": ("many rows",), "many": ("many rows",)}
_SECTIONS = ("let", "steps", "answer", "dimensions", "alternates", "candidates")


def check_split_expressions(document: SourceDocument) -> Iterator[Finding]:
    """An expression with a comma between `{ }` is cut at the comma by YAML, before anybody else sees it."""
    for path, scalar in document.scalars.items():
        value = document.value(path)
        if scalar.style or not isinstance(value, str) or not value.startswith("="):
            continue
        line, column = scalar.end
        following = home_of(document, path).text.split("\n")[line][column:].lstrip()
        if value.count("(") > value.count(")") and following.startswith(","):
            hint = "an expression with commas does not fit between { }: write it on a line of its own"
            yield Finding(document.location(path), "MAP-201", "a '(' is not closed", hint)


def syntax_findings(document: SourceDocument) -> list[Finding]:
    """Expressions that cannot be read, in a file whose shape is wrong: found where expressions may stand."""
    compiler = TemplateCompiler(document)
    for path in document.scalars:
        value = document.value(path)
        if path and path[0] in _SECTIONS and isinstance(value, str):
            if path[-1] == "when" and "with" not in path and path[0] != "let":
                compiler.condition(value, path)
            else:
                compiler.value(value, path)
    return compiler.findings


def clearest(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for one place, the first one; nothing but itself beside an expression that YAML has cut."""
    places: dict[Location, Finding] = {}
    for finding in findings:
        places.setdefault(finding.location, finding)
    cut = {(where.file, where.line) for where, finding in places.items() if finding.message == "a '(' is not closed"}
    return [
        finding
        for where, finding in places.items()
        if (where.file, where.line) not in cut or finding.message == "a '(' is not closed"
    ]


def check_meaning(mapping: LoadedMapping, kinds: Mapping[str, StepKind]) -> Iterator[Finding]:
    """Every finding about a mapping whose values are compiled."""
    yield from _check_lookups(mapping)
    gaps = GapFinder(mapping.lets, mapping.lookups, {step.name for step in mapping.steps})
    for path, rows in _rows(mapping):
        yield from _check_order(mapping, path, rows)
        for number, row in enumerate(rows):
            yield from _check_row(mapping, row, (*path, number))
            yield from _check_gaps(row, rows[number + 1 :], gaps)
    yield from check_unnamed(mapping)
    yield from check_given(mapping)
    for step in mapping.steps:
        yield from _check_skipped(mapping, step, gaps)
        yield from gaps.of_list(step.each.source) if step.each else ()
        yield from _check_said(step, kinds[step.word])
        for word in step.on:
            yield from _check_on(mapping, step, word, kinds[step.word])
    for _, formulas in mapping.formulas:
        for formula in formulas:
            yield from check_calls(formula, mapping.lookups)


def _promises(action: Action) -> bool:
    """Whether an action could say green or yellow, or that a reference exists."""
    if not isinstance(action, Fields):
        return isinstance(action, Found)
    confidence = action.members.get("serviceabilityConfidence")
    return not (isinstance(confidence, Constant) and confidence.value == "red")


def check_promises(mapping: LoadedMapping) -> Iterator[Finding]:
    """Answers and alternates that may be green or yellow have an interval and a delivery type (87.1-R53, R54).

    Asked of a Seller's mappings when they come together: a part of one may well do without.
    """
    for row in mapping.answer:
        if isinstance(row.action, Fields) and _promises(row.action):
            yield from _check_promise(row.action.members, row.location)
    if mapping.dimensions:
        yield from _check_promise(_always_given(mapping), mapping.document.location(("dimensions",), key=True))
    if mapping.alternates:
        yield from _check_promise(mapping.alternates.proposal, mapping.alternates.location)


def _always_given(mapping: LoadedMapping) -> Collection[str]:
    """The members that some dimension gives with each of its promises: each promise of all of them has them."""
    found: set[str] = set()
    for dimension in mapping.dimensions:
        promises = [
            row.action.members.keys()
            for row in dimension.rows
            if isinstance(row.action, Fields) and _promises(row.action)
        ]
        found |= set.intersection(*map(set, promises)) if promises else {*_PROMISED}
    return found


def _check_promise(members: Collection[str], where: Location) -> Iterator[Finding]:
    missing = [name for name in _PROMISED if name not in members]
    if missing:
        message = f"green and yellow need {' and '.join(missing)}: without it every such item fails"
        yield Finding(where, "MAP-311", message, f"add  {missing[0]}:")


def _rows(mapping: LoadedMapping) -> Iterator[tuple[Path, Sequence[AnswerRule]]]:
    """The rows of the answer, or of each dimension, with their place."""
    if mapping.answer:
        yield ("answer",), mapping.answer
    for dimension in mapping.dimensions:
        yield ("dimensions", dimension.name), dimension.rows


def _check_order(mapping: LoadedMapping, path: Path, rows: Sequence[AnswerRule]) -> Iterator[Finding]:
    """`otherwise` is the last row, and there is one."""
    otherwise = ["otherwise" in row for row in mapping.document.value(path)]
    for number, row in enumerate(rows[:-1]):
        if otherwise[number]:
            hint = "put 'otherwise' last"
            yield Finding(row.location, "MAP-301", "rows after 'otherwise' are never reached", hint)
    last = rows[-1]
    if not otherwise[-1]:
        hint = f"add  - otherwise: {'unknown' if mapping.is_references else '{red: reason}'}"
        yield Finding(last.location, "MAP-301", f"the last row of '{path[-1]}' must be 'otherwise'", hint)
    elif _promises(last.action):
        yield Finding(last.location, "MAP-302", "'otherwise' must not promise anything", _instead(mapping))


def _instead(mapping: LoadedMapping) -> str:
    """What may be said where nothing may be promised."""
    return "say unknown or fail" if mapping.is_references else "say red, refuse or fail"


def _check_row(mapping: LoadedMapping, row: AnswerRule, path: Path) -> Iterator[Finding]:
    if isinstance(row.action, Retry):
        yield Finding(row.location, "MAP-303", "'retry' belongs to a step's 'on'", "say fail")
    inner: Path = ("otherwise",) if "otherwise" in mapping.document.value(path) else ()
    yield from _check_pointer(row.action, mapping.document.location((*path, *inner, "at")))
    if row.when is not None and _promises(row.action) and not reads_something(row.when, mapping.lets):
        hint = "name what it depends on"
        yield Finding(row.when.location(), "MAP-309", "the promise depends on nothing that was asked or found", hint)


def _check_gaps(row: AnswerRule, later: Sequence[AnswerRule], gaps: GapFinder) -> Iterator[Finding]:
    """A gap must neither let a promise hold nor let the row before one be passed over."""
    promises = _promises(row.action)
    if row.when is not None and (promises or any(_promises(other.action) for other in later)):
        yield from gaps.of_condition(row.when, helps=promises)
    confidence = row.action.members.get("serviceabilityConfidence") if isinstance(row.action, Fields) else None
    if isinstance(confidence, Formula):
        yield from gaps.of_confidence(confidence)


def _check_skipped(mapping: LoadedMapping, step: Step, gaps: GapFinder) -> Iterator[Finding]:
    """A gap must not skip a step where a row could promise without it: what it would have said is then not heard.

    Of several dimensions it is enough that one needs the step for each of its promises.
    """
    if step.when is None:
        return
    steps = {one.name for one in mapping.steps}

    def could_do_without(row: AnswerRule) -> bool:
        read = [*([row.when] if row.when else []), *templates(row.action)]
        return _promises(row.action) and step.name not in needed_steps(read, mapping.lets, steps)

    if all(any(could_do_without(row) for row in rows) for rows in mapping.verdicts):
        yield from gaps.of_condition(step.when, helps=False)


def _check_pointer(action: Action, where: Location) -> Iterator[Finding]:
    """`at: product` instead of a JSON Pointer."""
    if isinstance(action, Refuse) and isinstance(action.at, Constant):
        try:
            parse_pointer(str(action.at.value))
        except ValueError:
            message = "'at' is no JSON Pointer"
            yield Finding(where, "MAP-310", message, "write =pointer(…) with the part of the request that is refused")


def _check_lookups(mapping: LoadedMapping) -> Iterator[Finding]:
    for lookup in mapping.lookups.values():
        top = mapping.document.location(("lookups", lookup.name))
        if any(leaf in PROMISES for leaf in leaves(lookup.otherwise)):
            where = lookup.places.get("otherwise", top)
            yield Finding(where, "MAP-302", "a lookup must not default to a promise", "name the codes that are meant")
        for key, value in {**lookup.entries, "otherwise": lookup.otherwise}.items():
            where = lookup.places.get(key, top)
            if any(isinstance(leaf, str) and leaf.startswith(f"={TODO}") for leaf in leaves(value)):
                hint = f"write what it stands for; take out '{lookup.name}' where nothing reads it"
                yield Finding(where, "MAP-213", f"'{lookup.name}' is not filled in yet", hint)
            elif any(isinstance(leaf, str) and leaf.startswith("=") for leaf in leaves(value)):
                hint = "write the value itself, or an expression under 'let'"
                yield Finding(where, "MAP-304", "a lookup holds literals, no expressions", hint)


def _check_said(step: Step, kind: StepKind) -> Iterator[Finding]:
    """What must be said of a step is said."""
    said = _SAID[step.rows or "many"] if kind.rows else ("any fault",)
    for word in (*said, *(("unknown",) if step.write else ())):
        if word not in step.on:
            message = f"'{step.name}' does not say what happens on '{word}'"
            meant = "or {lookup: step}" if word == "unknown" else "or what is meant"
            yield Finding(step.location, "MAP-305", message, f"add  on: {{{word}: fail}}  {meant}")


def _check_on(mapping: LoadedMapping, step: Step, word: str, kind: StepKind) -> Iterator[Finding]:
    """One entry under `on`: it can happen, and what is said of it makes sense."""
    path: Path = ("steps", step.name, "on", word)
    where, action = mapping.document.location(path, key=True), step.on[word]
    known = (*(_ROW_WORDS if kind.rows else ()), "any fault", "unknown" if step.write else "no answer")
    if word not in known and not (word.startswith("fault ") and word.removeprefix("fault ").strip()):
        first, _, code = word.partition(" ")
        misspelt = code and nearest(first, ("fault",)).startswith("did you mean")
        hint = f"did you mean 'fault {code}'?" if misspelt else nearest(word, (*known, "fault CODE"))
        hint = "say 'unknown': it may have been done all the same" if step.write and word == "no answer" else hint
        yield Finding(where, "MAP-306", f"'{word}' cannot happen to this step", hint)
    elif word == "no rows" and step.rows != "one":
        yield Finding(where, "MAP-306", f"'no rows' cannot happen with 'rows: {step.rows}'", "take it out")
    if _promises(action):
        yield Finding(where, "MAP-302", f"'{word}' must not lead to a promise", _instead(mapping))
    if word in _ROW_WORDS and isinstance(action, Retry):
        message = f"'retry' does not help on '{word}': the system has answered"
        yield Finding(where, "MAP-303", message, _instead(mapping))
    if word == "no answer" and isinstance(action, Retry):
        message = "'retry' adds nothing on 'no answer': it was asked again already, as often as its 'tries' allow"
        yield Finding(where, "MAP-303", message, "say fail, or what else is meant")
    if step.name in needed_steps(templates(action), mapping.lets, {one.name for one in mapping.steps}):
        message = f"'{step.name}' has no reply here that could be read"
        yield Finding(where, "MAP-307", message, "read the request, or other steps")
    yield from _check_pointer(action, mapping.document.location((*path, "at")))
