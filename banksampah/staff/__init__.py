"""Staff (petugas): people, roles in a bank, sign-in, API tokens. auth.py gives `@requires`."""
