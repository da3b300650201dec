"""Pixels in and out: uploads made safe, pictures prepared, sheets and PNG files.

NumPy and Pillow only; nothing here draws on a screen.
"""
