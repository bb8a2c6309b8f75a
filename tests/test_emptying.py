"""What one test leaves behind in PostgreSQL, the next does not find."""

import psycopg
import pytest
from sqlalchemy import make_url

from tests.emptying import Emptied, admin

LEFT_BEHIND = {
    "rows": "INSERT INTO buyer (bank_id, id, name, kind, phone, added_seq) VALUES (7, 7, 'x', 'collector', '', 1)",
    "a changed first row": "UPDATE bank_head SET head_seq = 9",
    "a used number": "SELECT nextval('user_user_id_seq')",
    "a guard down": "ALTER TABLE entry DISABLE TRIGGER ALL",
    "a function": "CREATE FUNCTION trouble() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "a table gone": "DROP TABLE sale_cost CASCADE",
    "a grant": "GRANT DELETE ON entry TO PUBLIC",
    "a database that takes nobody": "ALTER DATABASE {name} ALLOW_CONNECTIONS false",
}


@pytest.fixture(scope="module")
def database(postgresql: str, postgresql_template: str) -> Emptied:
    return Emptied(postgresql, postgresql_template)


@pytest.mark.parametrize("name", LEFT_BEHIND)
def test_it_is_as_the_template_again(postgresql: str, database: Emptied, name: str) -> None:
    url = database.fresh()
    before = _seen(url)
    if "ALTER DATABASE" in LEFT_BEHIND[name]:  # not from within
        admin(postgresql, LEFT_BEHIND[name].format(name=make_url(url).database))
    else:
        admin(url, "SET session_replication_role = replica", LEFT_BEHIND[name])
    assert database.fresh() == url
    assert _seen(url) == before


def _seen(url: str) -> list[object]:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return [
            connection.execute(question).fetchall()
            for question in (
                "SELECT * FROM buyer",
                "SELECT * FROM bank_head",
                "SELECT last_value, is_called FROM user_user_id_seq",
                "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger ORDER BY 1, 2",
                "SELECT proname FROM pg_proc ORDER BY 1",
                "SELECT relname, relacl::text FROM pg_class ORDER BY 1",
            )
        ]
