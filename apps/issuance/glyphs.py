"""The fonts that documents are printed with, and whether they have every character of a text.

The system's Noto CJK (apt fonts-noto-cjk), or where it is not installed the wheel pylopdf-fonts-zh-cn by @font-face. A
character that the faces in use lack would print as a box, so it is looked up in their own tables before printing.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont

from . import everyday

logger = logging.getLogger(__name__)

SYSTEM_DIRS = [
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".fonts",
    Path.home() / ".local/share/fonts",
]
# Default_Ignorable_Code_Point of Unicode: shown as nothing where a font has it not.
_NOTHING = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Style -> (family, file names to look for on the system, family and file of the wheel)
STYLES = {
    "serif": (
        "Noto Serif CJK SC",
        ("NotoSerifCJK-Regular.ttc", "NotoSerifCJKsc-Regular.otf"),
        "Yichuang Serif",
        "NotoSerifSC-Regular.otf",
    ),
    "sans": (
        "Noto Sans CJK SC",
        ("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf"),
        "Yichuang Sans",
        "NotoSansSC-Regular.otf",
    ),
}


@dataclass(frozen=True)
class Face:
    style: str
    family: str
    path: Path
    bundled: bool  # loaded by @font-face instead of the system's name


@cache
def faces() -> tuple[Face, ...]:
    """One face per style: the system's, else the wheel's. Empty when the machine has neither."""
    wheel = find_spec("pylopdf_fonts_zh_cn")
    found = []
    for style, (family, names, own_family, own_name) in STYLES.items():
        hits = (hit for root in SYSTEM_DIRS for name in names for hit in sorted(root.rglob(name)))
        path = next(hits, None)
        if path:
            found.append(Face(style, family, path, bundled=False))
        elif wheel and wheel.origin and (own := Path(wheel.origin).parent / own_name).exists():
            found.append(Face(style, own_family, own, bundled=True))
    return tuple(found)


def font_css(place: Path) -> str:
    """@font-face rules of the bundled faces and of the everyday fonts, which are put into `place`, and the family lists: what the
    everyday font of a style lacks comes from its face, then from the other style's."""
    rules, families = [], {}
    for face in faces():
        if face.bundled:
            whole = place / face.path.name
            whole.write_bytes(everyday.numbered(face.path.read_bytes()))
            rules.append(_rule(face.family, whole))
        families[face.style] = [face.family]
        for weight, path in weights(face).items():
            number = _number(path, face.family)
            if number is not None and (content := everyday.cut(path, number)):
                small = place / f"{face.style}-{weight}.otf"
                small.write_bytes(content)
                own = f"{face.family} Everyday"
                rules.append(_rule(own, small, weight))
                families[face.style] = [own, face.family]
    for style, selector in (("serif", "html"), ("sans", ".sans, th, .facts dt")):
        order = sorted(families, key=lambda other: other != style)
        names = [f'"{name}"' for other in order for name in families[other]]
        rules.append(f"{selector} {{ font-family: {', '.join([*names, style.replace('sans', 'sans-serif')])}; }}")
    return "\n".join(rules)


def _rule(family: str, path: Path, weight: int | None = None) -> str:
    bold = f" font-weight: {weight};" if weight else ""
    return f'@font-face {{ font-family: "{family}";{bold} src: url("{path.as_uri()}"); }}'


def weights(face: Face) -> dict[int, Path]:
    """Weight -> file. The system has a bold one beside the regular; of the wheel's only one the bold is made."""
    bold = face.path.with_name(face.path.name.replace("Regular", "Bold"))
    return {400: face.path} | ({700: bold} if bold != face.path and bold.exists() else {})


@cache
def covered() -> bytes:
    """A bitmap of the characters that at least one face has (a set of 45,000 would weigh 4 MB in each worker)."""
    bitmap = bytearray(0x110000 // 8)
    for face in faces():
        for code in _codes(face):
            bitmap[code >> 3] |= 1 << (code & 7)
    return bytes(bitmap)


def _codes(face: Face) -> list[int]:
    with TTFont(face.path, lazy=True, fontNumber=_number(face.path, face.family) or 0) as font:
        return list(font.getBestCmap())


@cache
def _number(path: Path, family: str) -> int | None:
    """Of the family among those in one file (a .ttc). 0 for a file with a single font. None, said once in the log, where this file
    has it not: papers are printed with the whole font then."""
    if path.suffix != ".ttc":
        return 0
    with TTCollection(path, lazy=True) as collection:
        names = [font["name"].getDebugName(1) for font in collection.fonts]
    if family in names:
        return names.index(family)
    logger.warning("%s has no family %s (it has %s): no small font is cut from it", path, family, ", ".join(map(str, names)))
    return None


def shown(text: str) -> str:
    """Without what prints nothing."""
    return _NOTHING.sub("", text)


def missing(text: str) -> list[str]:
    """The characters of the text that no face has, each once, in order. Line breaks, joiners and variation selectors print nothing: pasted
    along unseen, they would have kept a paper from ever being printed."""
    bitmap = covered()
    return [
        char
        for char in dict.fromkeys(shown(text))
        if not bitmap[ord(char) >> 3] >> (ord(char) & 7) & 1 and unicodedata.category(char) not in ("Cc", "Zl", "Zp")
    ]


def unprintable(text: str) -> list[str]:
    """Those by which a paper that says this would wait for a font, as they are named to people; none where this machine prints nothing."""
    return [name_of(char) for char in missing(text)] if faces() else []


def name_of(char: str) -> str:
    return f"{char}（U+{ord(char):04X}）"
