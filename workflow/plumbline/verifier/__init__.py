"""The checker: judges one step of a decomposition and trusts nobody. Needs torch only."""
