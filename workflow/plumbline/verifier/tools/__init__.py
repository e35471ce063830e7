"""Command lines beside the gate: self-tests of components, coverage, and summaries of steps."""
