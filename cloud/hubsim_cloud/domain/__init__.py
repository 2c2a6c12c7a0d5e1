"""The business of the cloud, pure: deciding gives facts or a refusal, applying takes facts."""
