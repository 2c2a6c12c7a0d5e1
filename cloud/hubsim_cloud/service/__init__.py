"""The asyncio shell of the cloud engine: queue, database, sessions, change feed and backups."""
