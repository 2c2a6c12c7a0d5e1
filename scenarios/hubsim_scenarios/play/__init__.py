"""Playing one scenario: step handlers, expectations, verdict."""
