"""The business rules of the cloud, as pure code: a decision returns facts or a refusal; facts are applied."""
