"""Warm processes: import torch once per machine, then fork for every job.

`client.py` is what a rule's shell command runs, `server.py` is the warm process, and `address.py`
says where the two meet. All three work without the rest of the package.
"""
