"""What each kind of journal entry is called on screens, in exports and in printed journals."""

KIND_NAMES: dict[str, str] = {}


def kind_name(kind: str) -> str:
    """The Indonesian name of a kind of entry; the kind itself when it has none yet."""
    return KIND_NAMES.get(kind, kind)
