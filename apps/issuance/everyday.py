"""Small fonts with the everyday characters, cut from the large ones when a process prints for the first time.

WeasyPrint puts the characters that a paper uses into its file and keeps their numbers: with a font of 65,000 characters the gaps
between them were two thirds of the file and half of the printing. A rare character still comes from the large font.
"""

from __future__ import annotations

import ctypes
from ctypes import byref, c_char_p, c_uint, c_void_p
from functools import cache
from io import BytesIO
from pathlib import Path
from struct import pack

from fontTools.ttLib import TTFont

LATIN = range(0x20, 0x180)
PRIVATE = range(0xE000, 0xF900)


@cache
def characters() -> tuple[int, ...]:
    """Code points: those of GB 2312, which texts in daily use hardly ever leave, and the Latin ones."""
    # Read by the younger standard: the dash of the older is another character than the one that is typed.
    double = (bytes((row, cell)).decode("gb18030", "ignore") for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    return tuple(sorted({*LATIN, *(ord(char) for char in double if char)} - set(PRIVATE)))


def cut(path: Path, number: int) -> bytes | None:
    """The font file of the everyday characters of the font `number` in this file. None where HarfBuzz is absent or refuses."""
    try:
        library = _library()
    except OSError:
        return None
    blob = library.hb_blob_create_from_file(bytes(path))
    face = library.hb_face_create(blob, number)
    wanted = library.hb_subset_input_create_or_fail()
    codes = characters()
    chosen = library.hb_subset_input_unicode_set(wanted)
    for code in codes:
        library.hb_set_add(chosen, code)
    small = library.hb_subset_or_fail(face, wanted)
    content = None
    if small:
        length = c_uint()
        made = library.hb_face_reference_blob(small)
        content = ctypes.string_at(library.hb_blob_get_data(made, byref(length)), length.value)
        library.hb_blob_destroy(made)
        library.hb_face_destroy(small)
    library.hb_subset_input_destroy(wanted)
    library.hb_face_destroy(face)
    library.hb_blob_destroy(blob)
    return numbered(content) if content else None


def numbered(content: bytes) -> bytes:
    """The font whose characters go by the number of their glyph.

    WeasyPrint writes a glyph's number; a reader that keeps to the norm (ISO 32000-1, 9.7.4.2) takes it for the CID, by which the
    font looks up another glyph or none. In a font cut from a larger one the two differ: all Chinese was missing from the paper.
    """
    font = TTFont(BytesIO(content), lazy=True)
    if "CFF " not in font or not hasattr(top := font["CFF "].cff.topDictIndex[0], "ROS"):
        return content
    at = font.reader.tables["CFF "].offset + top.rawDict["charset"]
    every = pack(">BHH", 2, 1, font["maxp"].numGlyphs - 2)  # format 2: one range from 1 on, so many more; shorter than what is there
    return content[:at] + every + content[at + len(every) :]


# Of the two libraries that WeasyPrint loads as well: result and arguments.
_CALLS = {
    "hb_blob_create_from_file": (c_void_p, [c_char_p]),
    "hb_blob_get_data": (c_void_p, [c_void_p, c_void_p]),
    "hb_blob_destroy": (None, [c_void_p]),
    "hb_face_create": (c_void_p, [c_void_p, c_uint]),
    "hb_face_reference_blob": (c_void_p, [c_void_p]),
    "hb_face_destroy": (None, [c_void_p]),
    "hb_set_add": (None, [c_void_p, c_uint]),
    "hb_subset_input_create_or_fail": (c_void_p, []),
    "hb_subset_input_unicode_set": (c_void_p, [c_void_p]),
    "hb_subset_input_destroy": (None, [c_void_p]),
    "hb_subset_or_fail": (c_void_p, [c_void_p, c_void_p]),
}


@cache
def _library() -> ctypes.CDLL:
    """Raises OSError. The second library brings the functions of the first along."""
    library = ctypes.CDLL("libharfbuzz-subset.so.0")
    for name, (result, arguments) in _CALLS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
