"""``python -m contract_tests.proof``: the command of the proofs."""

import sys

from .proof import main

sys.exit(main())
