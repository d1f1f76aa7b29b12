"""The contracts that lie beside mappings (`contracts/SYSTEM`, as `mapping new` stores them), for recorded replies that
are to be read without a configuration.

Only replies are read by them. What else a configuration says of a system is not known here: where a fault has its code,
so recorded faults are left to it; and nothing is held against the contract, as `-c` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.base import AdapterConfigurationError, Contract, Operation, ReadsRecorded, Reply, SystemFault
from gateway.authoring.replies import Recorded, ReplyError
from gateway.authoring.suite import Tested
from gateway.cli.mapping_new import CONTRACTS
from gateway.mapping.engine import TRIES
from gateway.mapping.plan import Step
from gateway.qualification.legacy import PreparedMapping, PreparedStep

_BY_CONFIGURATION = "name the configuration: -c FILE"


def prepared_by_stored(tested: Iterable[Tested]) -> dict[str, PreparedMapping]:
    """The mappings whose cases have recorded replies, with what reads those, by name."""
    found: dict[str, PreparedMapping] = {}
    for one in tested:
        recorded = set(_recorded(one))
        folder = Path(one.mapping.file).parent / CONTRACTS
        steps = {
            step.name: PreparedStep(step, _Reader(step, folder / step.system), 0.0, TRIES)
            for step in one.mapping.steps
            if step.name in recorded
        }
        if steps:
            found[one.mapping.name] = PreparedMapping(one.mapping, steps)
    return found


def _recorded(one: Tested) -> Iterator[str]:
    """The steps that get a recorded reply in some case."""
    for case in one.cases.cases if one.cases else ():
        for step, script in case.replies.items():
            if any(isinstance(result, Recorded) for result in script.results):
                yield step


@dataclass(frozen=True)
class _Reader:
    """Reads what was recorded for one step, and takes whatever goes out."""

    step: Step
    folder: Path
    contract: Contract = field(default_factory=Contract)

    def render(self, arguments: Mapping[str, Any]) -> str:
        return ""

    async def call(self, arguments: Mapping[str, Any], *, timeout: float) -> Reply:  # noqa: ASYNC109 (the port's)
        raise NotImplementedError("it is never called")

    def recorded(self, content: bytes) -> Reply:
        """As the adapter reads it. Raises NoAnswer, and ReplyError where that takes more than the contract."""
        operation = self._operation()
        try:
            return operation.recorded(content)
        except SystemFault as error:
            what = f"'{self.step.name}': which code a recorded fault has is said by the configuration"
            raise ReplyError(what, f"{_BY_CONFIGURATION}; or write {{fault: CODE}}") from error

    def _operation(self) -> ReadsRecorded:
        if self.step.word != "soap" or not any(self.folder.glob("*.wsdl")):
            what = f"'{self.step.name}': a recorded reply is read by the contract of '{self.step.system}'"
            stored = (
                f", or store its WSDL in {self.folder} (poq-gateway wsdl fetch)" if self.step.word == "soap" else ""
            )
            raise ReplyError(what, f"{_BY_CONFIGURATION}{stored}")
        operations, why = self._operations()
        if len(operations) != 1:
            why = why or "several WSDLs have the operation"
            what = f"'{self.step.name}': what {self.folder} holds does not say enough to read it: {why}"
            raise ReplyError(what, _BY_CONFIGURATION)
        (operation,) = operations
        assert isinstance(operation, ReadsRecorded), "SOAP reads what was recorded"
        return operation

    def _operations(self) -> tuple[list[Operation], str]:
        """The step's operation by each WSDL that has it, and why the last of the others has not."""
        from adapters.soap import ADAPTER
        from adapters.soap.options import SoapOptions

        found: list[Operation] = []
        why = ""
        for wsdl in sorted(self.folder.glob("*.wsdl")):
            try:
                system = ADAPTER.build(self.step.system, SoapOptions(wsdl=wsdl), calls_at_once=1)
                found.append(system.operation(self.step.definition))
            except AdapterConfigurationError as error:
                why = str(error)
        return found, "" if found else why
