"""What the books say: the proof page, the journal, the home page, and `banksampah verify`."""
