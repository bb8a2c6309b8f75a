"""`wsgi:app` for any WSGI server."""

from banksampah import create_app

app = create_app()
