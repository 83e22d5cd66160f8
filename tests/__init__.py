"""This project's own machinery, tested."""
