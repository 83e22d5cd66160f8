"""What the pod promises: the published pages, what is added to them, and the way to a client."""
