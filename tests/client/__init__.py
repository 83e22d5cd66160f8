"""The generated client, as an application uses it."""
