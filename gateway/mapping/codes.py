"""The stable codes of findings about mappings: what each means, in one line. A code is never used for anything else."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.sources.codes import SHAPE_CODES, YAML_CODES

CODES: Mapping[str, str] = {
    **YAML_CODES,
    "MAP-001": "A folder of mappings is not there.",
    "MAP-002": "Two mappings have one name.",
    "MAP-003": "Two mappings answer the same items with equal right.",
    "MAP-004": "A file would not be read because of how it is called.",
    **{f"MAP-{number}": meaning for number, meaning in SHAPE_CODES.items()},
    "MAP-201": "An expression cannot be read.",
    "MAP-202": "A condition begins with '='; it is always an expression.",
    "MAP-203": "A name is not known here.",
    "MAP-204": "Names or steps need each other in a circle.",
    "MAP-205": "A name is already taken.",
    "MAP-206": "A name needs a step where no step has run.",
    "MAP-207": "Names under 'let' stand on too long a chain of others.",
    "MAP-208": "A lookup is read by lookup(), and lookup() reads lookups only.",
    "MAP-209": "A pattern cannot be read.",
    "MAP-210": "The request has no such part, or it is read as what it is not.",
    "MAP-211": "A text looks like an expression: the '=' is missing.",
    "MAP-212": "A function reads the item of a request, and a references file has none.",
    "MAP-301": "The last row of 'answer', and only that, is 'otherwise'.",
    "MAP-302": "A default must not be a promise.",
    "MAP-303": "'retry' stands where it does not help.",
    "MAP-304": "A lookup holds literals, no expressions.",
    "MAP-305": "A step does not say what happens when it does not answer well.",
    "MAP-306": "An entry under 'on' is about something that cannot happen to this step.",
    "MAP-307": "A step's own reply is read where it has none.",
    "MAP-308": "A promise would come about because something is missing or unknown.",
    "MAP-309": "A promise depends on nothing.",
    "MAP-310": "What stands here is no JSON Pointer.",
    "MAP-311": "A promise lacks a member that the standard demands of it.",
    "MAP-312": "'unknown' is said of an id where no system has said so.",
    "MAP-313": "A mapping reads what is known of references, and no file answers them.",
    "MAP-401": "The configuration has no such system, or one of another kind.",
    "MAP-402": "The operation does not take this argument.",
    "MAP-403": "The operation needs an argument that is not given.",
    "MAP-404": "The reply has no such member.",
    "MAP-405": "The operation cannot work as it is defined.",
    "MAP-406": "A step's timeout is longer than its system's.",
    "MAP-407": "No product specification has the @type that a mapping is for.",
    "MAP-408": "A list, an object or a single value of the reply is read as what it is not.",
    "MAP-409": "An argument is of another type than the operation takes.",
}
