"""scan.pdf and scan.png: one typed letter as a flatbed scanner gives it, without a text layer."""

from __future__ import annotations

import io
import math

import numpy as np
import pymupdf
from make_vertical import write_pdf
from PIL import Image
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from sample_fonts import register

WIDTH, HEIGHT = A4
DPI = 150
ANGLE = 0.4  # degrees, counter-clockwise
TYPED, SERIF, BOLD = "LiberationMono-Regular", "LiberationSerif-Regular", "LiberationSerif-Bold"
LEFT, LEADING = 82.0, 16.2
LETTER = (
    "Ms. Edda Korhonen",
    "Canopy Programme",
    "4 Customs Lane",
    "Harrow Bay",
    "",
    "                                              14 October 2026",
    "",
    "Subject: Tide gauge at the east mole, readings for September",
    "",
    "Dear Ms. Korhonen,",
    "",
    "Thank you for your letter of 2 October. You asked whether the",
    "gauge at the east mole was working on the days on which your",
    "observers found the lower footpath under water. It was. The",
    "four highest readings of the month are these:",
    "",
    "     Date            Time      Height     Above mean",
    "     ------------    -----    --------    ----------",
    "     7 September     05:42      3.18 m       +0.41 m",
    "     8 September     06:25      3.26 m       +0.49 m",
    "     9 September     07:09      3.31 m       +0.54 m",
    "    22 September     05:58      3.09 m       +0.32 m",
    "",
    "The footpath lies at 3.05 m, so that it was flooded on each of",
    "these mornings for between 20 and 55 minutes. We have no reason",
    "to doubt the instrument, which was checked in August.",
    "",
    "Should you need the full series, we can send it on request. The",
    "fee is 12.50 per month of data, to be paid in advance.",
    "",
    "Yours sincerely,",
    "",
    "",
    "",
    "P. Halvorsen",
    "Deputy Harbour Master",
)


def draw_letter() -> bytes:
    """The letter as it left the typewriter, as a PDF."""
    register("liberation2", [TYPED, SERIF, BOLD])
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    ink = colors.HexColor("#26262b")
    canvas.setFillColor(ink)
    canvas.setFont(BOLD, 19)
    canvas.drawString(LEFT, HEIGHT - 66, "HARBOUR OFFICE")
    canvas.setFont(SERIF, 9.5)
    canvas.drawString(LEFT, HEIGHT - 81, "Pier 3  ·  Harrow Bay  ·  Telephone 0155 010")
    canvas.setLineWidth(1.2)
    canvas.line(LEFT, HEIGHT - 90, WIDTH - 62, HEIGHT - 90)
    canvas.setFont(TYPED, 11)
    for i, line in enumerate(LETTER):
        canvas.drawString(LEFT, HEIGHT - 124 - i * LEADING, line)
    draw_signature(canvas, HEIGHT - 124 - 33 * LEADING)
    draw_stamp(canvas)
    canvas.setFillColor(colors.HexColor("#55555a"))
    for y in (HEIGHT / 2 - 113, HEIGHT / 2 + 113):  # punched, 80 mm apart
        canvas.circle(31, y, 8.5, stroke=0, fill=1)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def draw_signature(canvas: Canvas, y: float) -> None:
    canvas.saveState()
    canvas.setStrokeColor(colors.HexColor("#30343c"))
    canvas.setLineWidth(1.1)
    canvas.setLineCap(1)
    path = canvas.beginPath()
    path.moveTo(LEFT + 4, y + 2)
    path.curveTo(LEFT + 14, y + 40, LEFT + 26, y + 34, LEFT + 12, y + 16)
    path.curveTo(LEFT + 30, y + 26, LEFT + 34, y + 4, LEFT + 46, y + 30)
    path.curveTo(LEFT + 44, y + 6, LEFT + 58, y + 2, LEFT + 62, y + 26)
    for i in range(4):
        x = LEFT + 62 + 11 * i
        path.curveTo(x + 2, y + 6, x + 6, y + 4, x + 8, y + 15 - i)
        path.curveTo(x + 9, y + 17, x + 12, y + 12, x + 11, y + 10)
    path.curveTo(LEFT + 118, y + 4, LEFT + 136, y + 12, LEFT + 158, y + 5)
    canvas.drawPath(path)
    canvas.restoreState()


def draw_stamp(canvas: Canvas) -> None:
    canvas.saveState()
    canvas.translate(WIDTH - 190, HEIGHT - 168)
    canvas.rotate(7)
    stamp = colors.HexColor("#6a6f7a")
    canvas.setStrokeColor(stamp)
    canvas.setFillColor(stamp)
    canvas.setLineWidth(1.8)
    canvas.roundRect(0, 0, 116, 40, 4)
    canvas.setFont("LiberationSerif-Bold", 15)
    canvas.drawCentredString(58, 22, "RECEIVED")
    canvas.setFont(TYPED, 10)
    canvas.drawCentredString(58, 8, "19 OCT 2026")
    canvas.restoreState()


def scan(letter: bytes) -> Image.Image:
    """The letter on the scanner's glass: a little askew, unevenly lit, blurred and grainy."""
    with pymupdf.open(stream=letter) as pdf:
        pixels = pdf[0].get_pixmap(dpi=300, colorspace=pymupdf.csGRAY)
    sheet = Image.frombytes("L", (pixels.width, pixels.height), pixels.samples)
    sheet = sheet.rotate(ANGLE, Image.Resampling.BICUBIC, fillcolor=255)
    size = (round(WIDTH * DPI / 72), round(HEIGHT * DPI / 72))
    page = np.asarray(sheet.resize(size, Image.Resampling.BOX), dtype=np.float64)
    height, width = page.shape
    y, x = np.mgrid[0:height, 0:width]
    # Darker towards the left edge, where the lid does not close, and at the foot.
    light = 0.965 - 0.10 * np.exp(-x / (0.06 * width)) - 0.035 * (y / height) ** 2
    light += 0.008 * np.sin(2 * math.pi * (x / width + 1.7 * y / height))
    grain = np.random.Generator(np.random.PCG64(7)).normal(0.0, 1.0, page.shape)
    # Fibres of the paper are larger than a pixel, the sensor's noise is not.
    fibres = np.asarray(Image.fromarray(grain[::3, ::3]).resize((width, height)), dtype=np.float64)
    page = (18 + page * (237 / 255)) * light + 1.1 * fibres + 1.6 * grain
    return Image.fromarray(np.clip(page.round(), 0, 255).astype(np.uint8))


def to_pdf(picture: Image.Image) -> bytes:
    """A PDF of one page that is one JPEG."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=58, optimize=True)
    jpeg = out.getvalue()
    content = f"q {WIDTH:.2f} 0 0 {HEIGHT:.2f} 0 0 cm /Im0 Do Q".encode()
    image = (
        f"<< /Type /XObject /Subtype /Image /Width {picture.width} /Height {picture.height} "
        f"/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode /Length {len(jpeg)} >>"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH:.2f} {HEIGHT:.2f}] /Contents 4 0 R "
        "/Resources << /XObject << /Im0 5 0 R >> >> >>".encode(),
        f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream",
        image.encode() + b"\nstream\n" + jpeg + b"\nendstream",
        b"<< /Producer (docparse samples) >>",
    ]
    return write_pdf(objects, len(objects))


def to_png(picture: Image.Image) -> bytes:
    """The scan in sixteen greys, as an office scanner's PNG."""
    small = np.asarray(picture, dtype=np.uint16)
    greys = ((small * 15 + 127) // 255 * 17).astype(np.uint8)
    out = io.BytesIO()
    palette = Image.fromarray(greys).quantize(16)
    palette.save(out, "PNG", optimize=True, bits=4, dpi=(DPI, DPI))
    return out.getvalue()


def make_scan() -> dict[str, bytes]:
    """Both files' bytes by name."""
    picture = scan(draw_letter())
    return {"scan.pdf": to_pdf(picture), "scan.png": to_png(picture)}
