"""Pixels in and out: uploads made safe, pictures prepared, sheets and PNG files.

NumPy and Pillow only; nothing here draws on a screen.
"""

from ae.images.drawings import decode_drawing, encode_drawing
from ae.images.preparation import Prepared, Step, prepare
from ae.images.sheets import (
    contact_sheet,
    data_url,
    enlarge,
    gif_bytes,
    heat_map,
    labelled_sheet,
    png_bytes,
    to_uint8,
)
from ae.images.uploads import FORMATS, MAX_UPLOAD_BYTES, MAX_UPLOAD_PIXELS, read_upload

__all__ = [
    "FORMATS",
    "MAX_UPLOAD_BYTES",
    "MAX_UPLOAD_PIXELS",
    "Prepared",
    "Step",
    "contact_sheet",
    "data_url",
    "decode_drawing",
    "encode_drawing",
    "enlarge",
    "gif_bytes",
    "heat_map",
    "labelled_sheet",
    "png_bytes",
    "prepare",
    "read_upload",
    "to_uint8",
]
