"""What the client is measured against; `tests/benchmarks/client.py` runs it."""
