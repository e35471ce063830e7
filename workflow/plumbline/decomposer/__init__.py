"""The prover: from a model file to a plan and the files it prints. Nothing here is trusted by the verifier."""
