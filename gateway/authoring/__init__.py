"""What people who write mappings work with: tests of a mapping, with replies that they write down themselves.

Runs the code that answers Buyers, with systems that are scripted; knows no network, no database, no configuration file.
Case files (`cases`, `loading`) become a `Suite`, a `Bench` runs it (`running`), `coverage` tells what nobody tested.
"""
