"""The mapping language, pure: data in, data out. Knows no socket, no clock, no chance, no system that is asked.

The way of an item through this room:

    loading.py      a file -> `MappingFile` (language.py) -> `Mapping` (plan.py), or every mistake at file:line:column
    checks.py       what a well-formed file must not mean (with calls.py, gaps.py); codes.py says what each code means
    collection.py   the set of a Seller's mappings: which one answers this item
    evaluate.py     `ItemEvaluation`: asks for calls (`Call`), takes replies, ends in an `Outcome` (outcomes.py)
    expressions/    what stands behind `=` and `when:`
"""
