"""Files that people write: YAML with positions, findings with file:line:col, texts with units. Knows nothing of ours."""
