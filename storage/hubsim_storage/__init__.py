"""Durable files: what cloud and simulator share to keep their state in SQLite."""
