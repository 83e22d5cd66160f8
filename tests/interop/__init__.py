"""Real clients, unchanged, against the emulated pod. Their dependencies stay out of ours."""
