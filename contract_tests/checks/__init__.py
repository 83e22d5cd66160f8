"""The rules as tests: one file for each family of rules, and the modules that these tests share.

pytest collects the files ``test_*.py``. The test of a rule sends the rule's requests and judges the answers.
This room imports ``arranging``, ``verdict``, ``target`` and ``contract``. It imports neither ``run`` nor the emulated
pod.
"""
