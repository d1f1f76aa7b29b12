"""Files that people write: YAML with positions, findings with file:line:column, texts with units.

Knows nothing of ours.
"""
