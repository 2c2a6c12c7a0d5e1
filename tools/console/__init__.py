"""What the web pages of the console need from Python: their texts, and the description of the API."""
