"""Runs POQs: checks the request, drives the evaluation of each item through the adapters, keeps the answer.

service.py       the way of one request through this room
checking.py      everything that can be wrong with a request before a backend is asked
immediate.py     all items of one POQ at the same time, within the time budget
items.py         one item: its mapping, its candidates (2b), the check of its answer
legacy.py        one call: from a mapping's step to an adapter's operation and back
composition.py   what is stored and what is answered
"""
