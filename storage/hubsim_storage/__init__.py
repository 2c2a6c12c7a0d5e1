"""Durable files: the SQLite support that cloud and simulator share."""
