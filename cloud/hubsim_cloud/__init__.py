"""The controller: companies, people, Resellers, services, billing, and the state each hub should be in."""
