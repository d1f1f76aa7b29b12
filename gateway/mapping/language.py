"""What a mapping file may say: its keys, their types and their explanation. The editor's JSON Schema comes from here.

The shape only; what expressions mean and whether names exist is checked by `loading`. Steps differ by the adapter they
use, so the model of the whole file is made from the adapters' own step fields (`mapping_file`). What a references file
says instead stands in `reference_language`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, create_model, model_validator

from gateway.lso.problems import ProblemCode
from gateway.sources.units import Seconds

Expression = Annotated[str, Field(pattern="^=", description="An expression.")]
Text = Annotated[str, Field(min_length=1)]
NameText = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
FileName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Value = Any
"""A literal, an expression, or a list or mapping of such."""

TableFile = Annotated[
    str,
    Field(pattern=r"^[^/\\].*\.csv$", description="A CSV file: UTF-8, the first line is from,to; relative to here."),
]
LibraryFile = Annotated[str, Field(pattern=r"^[^/\\].*\.yaml$")]

MOST_ELEMENTS = 100
"""So many calls `each` may make of one step."""

_CODES = tuple(code.value for code in ProblemCode if code is not ProblemCode.TOO_MANY_RECORDS)


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class For(Model):
    """Which POQ items the mapping answers. What is left out does not narrow."""

    product: Text | list[Text] = Field(description="The @type of productConfiguration, several, or `any`.")
    actions: list[Literal["add", "modify"]] | None = Field(None, min_length=1, description="The item's action.")
    offerings: list[Text] | None = Field(None, min_length=1, description="Ids of product offerings.")
    buyers: list[Text] | None = Field(None, min_length=1, description="Ids of Buyers.")
    sellers: list[Text] | None = Field(None, min_length=1, description="Ids of Sellers.")
    irp: list[Literal["sonata", "cantata"]] | None = Field(None, min_length=1, description="The interface.")


class Interval(Model):
    """How long the delivery takes."""

    amount: int | Expression = Field(description="A whole number of units.")
    units: (
        Literal[
            "seconds",
            "minutes",
            "businessHours",
            "calendarHours",
            "businessDays",
            "calendarDays",
            "months",
            "years",
        ]
        | Expression
    )


class AnswerFields(Model):
    """What the item is answered with, in the standard's words."""

    serviceability_confidence: Literal["green", "yellow", "red"] | Expression | None = Field(
        None, alias="serviceabilityConfidence"
    )
    serviceability_confidence_reason: Text | None = Field(None, alias="serviceabilityConfidenceReason")
    installation_interval: Interval | Expression | None = Field(None, alias="installationInterval")
    guaranteed_until_date: Expression | None = Field(None, alias="guaranteedUntilDate")
    delivery_type: (
        Literal["offNetWithBuild", "offNetWithoutBuild", "onNetWithBuild", "onNetWithoutBuild"] | Expression | None
    ) = Field(None, alias="deliveryType")
    third_party_provider: Text | None = Field(None, alias="3rdPartyProvider")
    third_party_provider_product_offering: Text | None = Field(None, alias="3rdPartyProviderProductOffering")


class Saying(AnswerFields):
    """What happens: the fields of the answer, or one of red, refuse, fail, wait, ask an operator."""

    red: Text | None = Field(None, description="The item is answered red, with this reason.")
    refuse: Literal[_CODES] | None = Field(None, description="The request is refused with this code (422).")  # type: ignore[valid-type]
    at: Text | None = Field(None, description="JSON Pointer of what is refused; =pointer(…) makes one.")
    reason: Text | None = Field(None, description="Shown to the Buyer.")
    fail: Text | None = Field(None, description="No answer can be given; for the operator.")
    wait: Seconds | None = Field(None, description="Ask again after that time.")
    ask_an_operator: Text | None = Field(None, alias="ask an operator", description="A person answers.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Saying:
        alone = ("red", "refuse", "fail", "wait", "ask_an_operator", "lookup")
        words = [word for word in alone if getattr(self, word, None) is not None]
        fields = [name for name in AnswerFields.model_fields if getattr(self, name) is not None]
        if len(words) > 1 or (words and fields):
            raise ValueError("says two things: give the fields of an answer, or one of red, refuse, fail, wait")
        if not words and "serviceability_confidence" not in fields:
            raise ValueError("says nothing: give serviceabilityConfidence, or one of red, refuse, fail, wait")
        if (self.refuse is None) != (self.reason is None) or (self.at is not None and self.refuse is None):
            raise ValueError("'refuse' needs a 'reason'; 'reason' and 'at' go with 'refuse' only")
        return self


class StepSaying(Saying):
    """What stands under `on` of a step: the same, or `lookup`."""

    lookup: NameText | None = Field(
        None, description="Under `unknown` of a step that writes: the step that finds out what became of it."
    )


class Row(Saying):
    """One row of the answer: it holds when its condition does."""

    when: Text = Field(description="A condition (an expression, without `=`).")


Word = Literal["fail", "retry", "ask an operator"]


class Otherwise(Model):
    """The last row: it must not promise anything."""

    otherwise: Literal["fail", "ask an operator"] | Saying


def row_kind(value: Any) -> str:
    """Which of the two a row is."""
    known = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
    return "<otherwise>" if "otherwise" in known else "<when>"


AnswerRow = Annotated[Annotated[Row, Tag("<when>")] | Annotated[Otherwise, Tag("<otherwise>")], Discriminator(row_kind)]


class Each(Model):
    """One call for each element of a list."""

    name: NameText = Field(description="The name of one element, under `with` and `on`.")
    from_: Expression = Field(alias="from", description="The list.")
    most: int = Field(10, ge=1, le=MOST_ELEMENTS, description="At most so many elements; more of them fail the item.")


class StepFields(Model):
    """What every step may say, whatever system it asks."""

    each: Each | None = Field(
        None, description="Make one call for each element of a list; the step's name is the list of replies."
    )
    write: Literal[True] | None = Field(
        None, description="It changes something: never called twice, and `on` says what holds when that is `unknown`."
    )
    when: Text | None = Field(None, description="Skip the step unless this holds; its name is then null.")
    with_: dict[str, Value] = Field(default_factory=dict, alias="with", description="What goes out, by name.")
    timeout: Seconds | None = Field(None, description="At most this long, for example `8 s`.")
    cache: Annotated[Seconds, Field(gt=0)] | None = Field(
        None, description="Keep a usable reply that long, for the same arguments and the same Buyer."
    )
    shared: Literal[True] | None = Field(None, description="With `cache`: for all Buyers alike.")
    on: dict[str, Word | StepSaying] = Field(
        default_factory=dict, description="What happens when it does not answer well."
    )


class RowStepFields(StepFields):
    """What a step may say that gets rows."""

    rows: Literal["one", "optional", "many"] = Field(description="How many rows are meant.")


class Proposal(AnswerFields):
    """One alternate: an answer about another product."""

    id: Text | None = Field(None, description="Unique within the item; made where it is left out.")
    product_offering: dict[str, Value] | Expression = Field(alias="productOffering")
    product_configuration: dict[str, Value] | Expression = Field(alias="productConfiguration")


class Alternates(Model):
    """Other products that could be delivered. Left out where the standard does not allow them."""

    each: NameText = Field(description="The name of one element in the lines below.")
    from_: Expression = Field(alias="from", description="The list.")
    when: Text | None = Field(None, description="Propose it only if this holds.")
    most: int | None = Field(None, ge=1, le=100, description="At most so many.")
    proposal: Proposal


class Candidates(Model):
    """For items that name a specification only (use case 2b): which offerings to try. The best one answers."""

    each: NameText
    from_: Expression = Field(alias="from")
    most: int = Field(10, ge=1, le=50)


Include = Annotated[
    dict[LibraryFile, Annotated[list[NameText], Field(min_length=1)]],
    Field(default_factory=dict, description="Names to take from libraries, by the library's file, relative to here."),
]
Let = Annotated[
    dict[NameText, Value], Field(default_factory=dict, description="Names, each computed once, at first use.")
]
Lookups = Annotated[
    dict[NameText, dict[str | int, Value] | TableFile],
    Field(default_factory=dict, description="Value maps, written out or in a CSV file."),
]
Steps = Annotated[dict[NameText, Any], Field(default_factory=dict, description="The calls of legacy systems.")]


class Library(Model):
    """Names, lookups and steps for other files to take; it answers nothing itself."""

    library: FileName = Field(description="Its name, in small letters.")
    include: Include
    let: Let
    lookups: Lookups
    steps: Steps


class MappingFile(Model):
    """One mapping: it answers one kind of POQ item."""

    mapping: FileName = Field(description="Its name, in small letters.")
    version: int = Field(ge=1, description="Raise it with every change: it stands on every answer.")
    for_: For = Field(alias="for")
    estimate: Annotated[Seconds, Field(gt=0)] | None = Field(
        None, description="How long a deferred answer usually takes, for example `2 h`."
    )
    include: Include
    let: Let
    lookups: Lookups
    steps: Steps
    answer: list[AnswerRow] | None = Field(
        None, min_length=1, description="The first row that holds answers the item. This, or `dimensions`."
    )
    dimensions: dict[NameText, Annotated[list[AnswerRow], Field(min_length=1)]] | None = Field(
        None, min_length=1, description="Partial verdicts, each with rows of its own; the worst one counts."
    )
    alternates: Alternates | None = None
    candidates: Candidates | None = None


@dataclass(frozen=True)
class StepKind:
    """An adapter as the language sees it: its word, its own fields, and whether it answers with rows.

    `lists`: where it answers with one value, that may be a list.
    """

    word: str
    fields: type[BaseModel]
    rows: bool
    lists: bool = False


def mapping_file(kinds: Iterable[StepKind]) -> type[MappingFile]:
    """The model of a mapping file whose steps may use these kinds of systems."""
    return _mapping_file(tuple(kinds))


@lru_cache(maxsize=8)
def _mapping_file(kinds: tuple[StepKind, ...]) -> type[MappingFile]:
    steps = steps_field(kinds, Word | StepSaying)
    return create_model("MappingFile", __base__=MappingFile, __doc__=MappingFile.__doc__, steps=steps)


def library_file(kinds: Iterable[StepKind]) -> type[Library]:
    """The model of a library whose steps may use these kinds of systems."""
    return _library_file(tuple(kinds))


@lru_cache(maxsize=8)
def _library_file(kinds: tuple[StepKind, ...]) -> type[Library]:
    steps = steps_field(kinds, Any)  # what stands under `on` depends on who takes the step
    return create_model("Library", __base__=Library, __doc__=Library.__doc__, steps=steps)


def steps_field(kinds: tuple[StepKind, ...], saying: Any) -> Any:
    """The field `steps` of a file: each step by the system that it names. `saying`: what stands under `on`."""
    words = tuple(kind.word for kind in kinds)

    def word_of(value: Any) -> str | None:
        said = value if isinstance(value, dict) else getattr(value, "__dict__", {})
        return next((f"<{word}>" for word in words if word in said), None)

    steps: Any = Union[tuple(Annotated[_step(kind, saying), Tag(f"<{kind.word}>")] for kind in kinds)]  # noqa: UP007
    discriminator = Discriminator(
        word_of,
        custom_error_type="step_system",
        custom_error_message=f"a step names the system that it asks: {' or '.join(words)}",
    )
    described: Any = Field(default_factory=dict, description="The calls of legacy systems.")
    return (dict[NameText, Annotated[steps, discriminator]], described)


def _step(kind: StepKind, saying: Any) -> type[StepFields]:
    base = RowStepFields if kind.rows else StepFields
    own: dict[str, Any] = {
        name: (field.annotation, field)
        for name, field in kind.fields.model_fields.items()
        if name not in base.model_fields
    }
    own[kind.word] = (Text, Field(description="The system of the configuration."))
    own["on"] = (dict[str, saying], base.model_fields["on"])
    return create_model(f"{kind.word.capitalize()}Step", __base__=base, __doc__=base.__doc__, **own)
