"""All functions of the language, by name."""

from gateway.mapping.expressions.functions import convert, lists, requests, texts, times
from gateway.mapping.expressions.functions.registry import FUNCTIONS, Function, Parameter

__all__ = ["FUNCTIONS", "Function", "Parameter", "convert", "lists", "requests", "texts", "times"]
