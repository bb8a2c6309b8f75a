"""Copies of the database that can be trusted: made while it is in use, proven, put back."""
