"""Complete scripts as TensorFlow 1 users wrote them; `script_tools.py` says what they are given."""
