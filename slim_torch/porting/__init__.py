"""`slim-torch port`: rewriting the source of old TensorFlow code for slim_torch.

Here are the places of TensorFlow's modules (`places`), the rewriting of one source (`rewrite`), what is only pointed
at (`old_python`), and the command (`command`). What runs old code unchanged is the import hook, in `compat/`.
"""
