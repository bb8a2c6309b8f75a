"""A household's personal data: all of it handed over, or erased with the books intact."""
