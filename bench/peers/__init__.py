"""The books beside those of others, in one run: `python -m bench peers`.

The `*_side.py` programs run in an environment of their own (`housing.py`) and drive a peer by its
public interface. Each answers one line of JSON for one line of JSON (`answering.py`).
"""

from bench.peers.comparing import run

__all__ = ["run"]
