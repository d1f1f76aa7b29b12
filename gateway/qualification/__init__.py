"""Runs POQs: checks the request, drives the evaluation of each item through the adapters, keeps the answer.

port.py          what the HTTP side may ask of this room
service.py       the way of one request through it
checking.py      everything that can be wrong with a request before a backend is asked
immediate.py     all items of one POQ at the same time, within the time budget
items.py         one item: its mapping, and in 2b its candidates
legacy.py        one call: from a mapping's step to an adapter's operation and back (preparing.py joins the two)
answering.py     what a mapping answered, held against the standard before it is passed on
composition.py   what is stored and what is answered
observing.py     what an operator may see of it
"""
