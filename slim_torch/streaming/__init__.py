"""Metrics over many batches: local variables that gather, and the arithmetic of `tf.metrics` and `slim.metrics`.

`slim_torch.tf.metrics` and `slim_torch.metrics` give the functions their names; `core` turns a pair of pure
functions, of the variables' values and a batch, into the `(value, update_op)` that a metric gives.
"""
