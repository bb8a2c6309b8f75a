"""The journal handed to other tools: hledger and Beancount, for anyone who would check us."""
