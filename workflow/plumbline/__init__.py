"""Plumbline: verify before you descend."""
