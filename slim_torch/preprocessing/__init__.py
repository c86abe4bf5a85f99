"""What images go through before a network of the zoo: a module for each family, and a factory by network name.

All functions take one image, `[height, width, channels]`, real or recorded, and write against `tf` alone.
"""
