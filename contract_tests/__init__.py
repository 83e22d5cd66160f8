"""Does this pod keep its promise? The contract test suite and the emulated pod."""
