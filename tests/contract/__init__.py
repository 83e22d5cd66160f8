"""The suite, tested: a suite that cannot fail proves nothing."""
