"""New mappings: from what a legacy operation takes and gives to files that somebody fills in.

Knows no WSDL and no database: `adapters.described` comes in, texts and files go out. What only a person can say is a
TODO in the file, which lint refuses: a skeleton never answers a Buyer by accident.
"""
