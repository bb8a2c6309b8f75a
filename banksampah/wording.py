"""Marking of texts that whoever shows them translates."""


def gettext_noop(text: str) -> str:
    """*text* as it stands: whoever shows it translates it, and the catalogue has it by this mark.

    The name is GNU gettext's.
    """
    return text
