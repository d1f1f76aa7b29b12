"""The kinds of databases, one module each: how a session is opened read-only, run and ended."""
