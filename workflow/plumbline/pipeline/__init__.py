"""What the rules need to know: settings, models, plans, gates, and what to tell the user.

Plain functions over files and JSON. Nothing here imports torch, the decomposer or the verifier.
"""
