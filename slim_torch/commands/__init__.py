"""The commands of `slim-torch` about networks: one module each, with `add_command`.

Those about checkpoints are in `cli.py`, which puts all together; that of porting is in `porting/`.
"""
