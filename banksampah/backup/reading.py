"""Reading the manifest beside a backup, which anybody may have written.

Apart from `manifests.py`, which every command reads: only a restore needs marshmallow for it.
"""

import json
from pathlib import Path

from marshmallow import Schema, ValidationError, fields

from banksampah.backup.manifests import BackupRefused, Head, Manifest, digest_of, path_of


class _HeadIn(Schema):
    slug = fields.String(required=True)
    bank_id = fields.Integer(required=True, strict=True)
    seq = fields.Integer(required=True, strict=True)
    seal = fields.String(required=True)


class _ManifestIn(Schema):
    engine = fields.String(required=True)
    made_at = fields.String(required=True)
    size_bytes = fields.Integer(required=True, strict=True)
    sha256 = fields.String(required=True)
    heads = fields.List(fields.Nested(_HeadIn), required=True)


def manifest_of(backup: Path) -> Manifest:
    """The manifest beside *backup*, whose bytes must be those it tells. Raises BackupRefused."""
    try:
        facts = _ManifestIn().load(json.loads(path_of(backup).read_text()))
        manifest = Manifest(**facts | {"heads": [Head(**head) for head in facts["heads"]]})
    except FileNotFoundError as error:
        raise BackupRefused(f"{error.filename} is not there.") from error
    except (ValueError, ValidationError, RecursionError) as error:
        raise BackupRefused(f"{path_of(backup)} cannot be read: it is no manifest.") from error
    if not backup.exists():
        raise BackupRefused(f"{backup} is not there.")
    if digest_of(backup) != (manifest.size_bytes, manifest.sha256):
        raise BackupRefused(f"{backup} is not the file that was backed up: its SHA-256 differs.")
    return manifest
