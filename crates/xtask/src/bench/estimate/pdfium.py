"""Colour page by page as pdfium renders it at 36 dpi; lines as of our own runners."""
import sys
import time

import pypdfium2
from PIL import ImageChops


def coloured(page):
    picture = page.render(scale=0.5).to_pil().convert("RGB")
    red, green, blue = picture.split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    least = ImageChops.darker(ImageChops.darker(red, green), blue)
    return ImageChops.subtract(most, least).getextrema()[1] > 24


for path in sys.stdin:
    path = path.rstrip("\n")
    started = time.process_time()
    try:
        document = pypdfium2.PdfDocument(path)
        document.init_forms()
        pages = ",".join("C1" if coloured(page) else "G1" for page in document)
        document.close()
    except Exception as error:
        pages = "!" + " ".join(str(error).split())
    spent = (time.process_time() - started) * 1e6
    print(f"{spent:.1f}\t{pages}\t\t{path}", flush=True)
