"""SQL of our own: what the gateway keeps, in one transaction per truth. Knows records, nothing of HTTP or mappings."""
