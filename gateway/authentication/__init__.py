"""Who is it that asks? Tokens, keys and certificates, held against what the configuration says of clients.

Knows nothing of POQs, and of HTTP only what it needs to ask an issuer; `gateway.api` hands in what a request brought.
"""
