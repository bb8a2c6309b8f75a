"""Banks: who they are, and the settings each has made."""
