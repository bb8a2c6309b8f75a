"""The offline weighing desk: its phones, what they sent, and what the treasurer must look at."""
