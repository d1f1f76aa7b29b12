"""The standard as code: Mplify 87.1 / 79.1, API v8. No I/O, and no knowledge of anything of ours."""
