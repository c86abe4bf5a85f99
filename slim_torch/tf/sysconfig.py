"""`tf.sysconfig`: there is nothing to compile against."""

__all__ = ["get_compile_flags", "get_link_flags"]


def get_compile_flags() -> list[str]:
    """No flags. Source: tf.sysconfig.get_compile_flags."""
    return []


get_link_flags = get_compile_flags
