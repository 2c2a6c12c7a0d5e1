"""The schema of the cloud's database, as a list of migrations."""

from hubsim_storage.database import Schema

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE facts (
        position INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        fact BLOB NOT NULL
    ) STRICT;
    CREATE TABLE devices (
        hub TEXT PRIMARY KEY,
        device BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE hub_events (
        hub TEXT NOT NULL,
        boot INTEGER NOT NULL,
        number INTEGER NOT NULL,
        event BLOB NOT NULL,
        PRIMARY KEY (hub, boot, number)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE credentials (
        email TEXT PRIMARY KEY,
        credential BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE sessions (
        token_hash TEXT PRIMARY KEY,
        expires_ms INTEGER NOT NULL,
        session BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE kept (
        scope TEXT NOT NULL,
        key TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        answer BLOB NOT NULL,
        PRIMARY KEY (scope, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX kept_by_age ON kept (at_ms);
    CREATE TABLE meta (
        name TEXT PRIMARY KEY,
        value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE fact_pages (
        first_position INTEGER PRIMARY KEY,
        last_position INTEGER NOT NULL,
        content BLOB NOT NULL
    ) STRICT;
    CREATE TABLE hub_event_pages (
        page INTEGER PRIMARY KEY,
        content BLOB NOT NULL
    ) STRICT;
    """,
)
"""Each migrates the schema from its index to its index + 1. Never edit one; only append."""

SCHEMA = Schema("facts", MIGRATIONS)
