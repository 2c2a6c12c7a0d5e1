"""The asyncio shell of the cloud engine: queue, database, sessions, event streams and backups."""
