"""Expressions: Python's syntax cut down to what cannot hang or reach anything; checked and compiled once."""
