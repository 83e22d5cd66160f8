"""Results → JSON Lines, JUnit and Markdown; one redacting writer in front of all."""
