"""Runs POQs: checks the request, drives the evaluation of each item through the adapters, keeps the answer.

port.py          what the HTTP side may ask of this room
service.py       the way of one request through it
checking.py      everything that can be wrong with a request before a backend is asked
references.py    the ids that a request names, asked for (collecting.py finds them)
immediate.py     all items of one POQ at the same time, within the time budget
deferred.py      the work on one deferred POQ: recording.py keeps its results, results.py says what follows from them
scheduler.py     which deferred POQ is worked on or ended when
depending.py     which items are answered before which
jobs.py          from an item to the job of answering it; ruling.py: by which set of mappings
items.py         one item: its mapping, and in 2b its candidates
legacy.py        one call: from a mapping's step to an adapter's operation and back (preparing.py joins the two)
answering.py     what a mapping answered, held against the standard before it is passed on
composition.py   what is stored and what is answered
listing.py       the list of POQs
observing.py     what an operator may see of it; tracing.py and redacting.py keep it, operating.py takes an answer
writing.py       calls that change something: intents.py says what is noted of them, kept_intents.py keeps it
lossless.py      replies as text, to be read again
"""
