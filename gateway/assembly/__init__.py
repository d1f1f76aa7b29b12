"""From the configuration to the parts that `app.py` puts together: who gets in, guards, adapters, ways to listeners."""
