"""Views: the answers to queries. Each is a frozen record of stable names, without display text."""
