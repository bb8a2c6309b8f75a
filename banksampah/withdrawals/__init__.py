"""Penarikan: a household asks for its money, the bank sets it aside, then pays or refuses."""
