"""The small fonts that papers are printed with: the very characters of the large ones, and the large one where they have none."""

from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfReader

from apps.issuance import everyday, glyphs
from apps.kit import files

from .samples import COMPANY, by_number, printed

FACES = [
    pytest.param(face, path, id=f"{face.style}-{weight}")
    for face in glyphs.faces()
    for weight, path in glyphs.weights(face).items()
]
SENTENCES = ["准予行政许可决定书〔2026〕第000007号", "宁波市鄞州区“一窗”：①材料；②依据——《行政许可法》", "Zhejiang, 3.5 m² — naïve"]


def drawn(font: ImageFont.FreeTypeFont, text: str) -> bytes:
    picture = Image.new("L", (1400, 80), 255)
    ImageDraw.Draw(picture).text((5, 5), text, font=font)
    return picture.tobytes()


@pytest.mark.pdf
@pytest.mark.parametrize(("face", "path"), FACES)
def test_an_everyday_font_draws_what_the_large_one_draws(face, path):
    number = glyphs._number(path, face.family)
    small = ImageFont.truetype(BytesIO(everyday.cut(path, number)), 40)
    large = ImageFont.truetype(str(path), 40, index=number)
    assert small.getname() == large.getname()
    for sentence in SENTENCES:
        assert drawn(small, sentence) == drawn(large, sentence) != drawn(large, sentence[:-1])


def test_everyday_characters_are_those_of_the_standard_and_the_latin_ones():
    codes = set(everyday.characters())
    assert set(map(ord, "一窗受理齄〔〕“”—…·①②㈠℃Az09é")) <= codes
    assert 7_445 < len(codes) < 8_500
    assert not codes & set(map(ord, "㛃䶮𠮷"))


@pytest.mark.pdf
@pytest.mark.django_db
def test_a_rare_character_comes_from_the_large_font_and_all_others_from_the_small():
    texts, fonts = [], []
    for name in ("陈美丽", "陈㛃丽"):
        pages = PdfReader(BytesIO(files.read(printed("withdrawal", applicant=COMPANY | {"name": name}).path))).pages
        texts.append("".join(page.extract_text() for page in pages))
        used = [font.get_object() for page in pages for font in page["/Resources"]["/Font"].values()]
        assert all(map(by_number, used))
        fonts.append([font["/BaseFont"] for font in used])
    assert "陈美丽" in texts[0] and "陈㛃丽" in texts[1]
    assert all("Everyday" in font for font in fonts[0])
    assert any("Everyday" not in font for font in fonts[1])


def test_without_harfbuzz_papers_are_printed_with_the_large_fonts(monkeypatch, tmp_path):
    def absent(name):
        raise OSError(name)

    everyday._library.cache_clear()
    monkeypatch.setattr(everyday.ctypes, "CDLL", absent)
    css = glyphs.font_css(tmp_path)
    everyday._library.cache_clear()
    assert list(tmp_path.iterdir()) == [] and "Everyday" not in css
    assert glyphs.faces()[0].family in css


def test_a_file_without_the_family_is_printed_whole_and_said_once(monkeypatch, tmp_path):
    """A machine's .ttc may carry other families than ours, by its name alone."""

    class Other:
        fonts = [{"name": type("Names", (), {"getDebugName": staticmethod(lambda number: "Noto Serif CJK JP")})}]

        def __enter__(self):
            return self

        def __exit__(self, *told):
            return None

    said = []
    monkeypatch.setattr(glyphs.logger, "warning", lambda words, *facts: said.append(words % facts))
    monkeypatch.setattr(glyphs, "TTCollection", lambda path, lazy: Other())
    other = glyphs.Face("serif", "Noto Serif CJK SC", tmp_path / "other" / "NotoSerifCJK-Regular.ttc", bundled=False)
    monkeypatch.setattr(glyphs, "faces", lambda: (other,))
    for _ in range(2):
        css = glyphs.font_css(tmp_path)
    assert list(tmp_path.iterdir()) == [] and "Everyday" not in css and '"Noto Serif CJK SC"' in css
    assert len(said) == 1 and "Noto Serif CJK JP" in said[0]
