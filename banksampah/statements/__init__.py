"""What the bank prints: statements, receipts and minutes. Reads only."""
