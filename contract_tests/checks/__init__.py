"""The rules as tests, one file for each family of rules, and what these tests share.

pytest collects the files ``test_*.py``; the test of a rule sends its requests and says what it expects.
It imports ``arranging``, ``verdict``, ``target`` and ``contract``; it knows neither the run nor the emulated pod.
"""
