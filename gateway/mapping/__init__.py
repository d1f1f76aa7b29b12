"""The mapping language, pure: data in, data out. Knows no socket, no clock, no chance, no system that is asked.

The way of an item through this room:

    loading.py      a file -> `MappingFile` (language.py) -> `LoadedMapping` (plan.py), or every mistake in it
                    (compiling.py, with names.py: who reads whom; template.py: values with expressions; actions.py)
    including.py    what a file takes from libraries and CSV files (shelf.py: files beside it; tables.py)
    checks.py       what a well-formed file must not mean, with calls.py, gaps.py, forgotten.py, requesting.py and
                    calling_checks.py (steps that change something); codes.py says what each code means
    listed.py, optional.py      values that a contract lists, and such as may be missing
    contracts.py    a mapping against what its systems take and give (reading.py: expressions against schemas)
    collection.py   the set of a Seller's mappings: which one answers this item
    engine.py       `Evaluation`: asks for calls (`Call`), takes replies, ends in an outcome (outcomes.py)
    evaluate.py     the evaluation of an item (dimensions.py: partial verdicts made one); referring.py: of an id that
                    a request names (kinds.py)
    members.py      the members of an answer as one piece of code that gives JSON; plain.py: what in it is not JSON yet
    reference_language.py, reference_checks.py      what a references file may say, and must not mean
    expressions/    what stands behind `=` and `when:`
"""
