"""The bank's members (nasabah): households and groups, their people, their card, their PIN."""
