"""Makes documents with LibreOffice itself: some under a password, slides, and a workbook of two worksheets.

Usage: make-documents.py FOLDER
"""
import os
import subprocess
import sys
import time

import uno
from com.sun.star.awt import Point, Size
from com.sun.star.beans import NamedValue, PropertyValue
from com.sun.star.connection import NoConnectException

FOLDER = os.path.abspath(sys.argv[1])
PASSWORD = "correct horse"


def values(**named):
    result = []
    for name, value in named.items():
        item = PropertyValue()
        item.Name = name
        item.Value = value
        result.append(item)
    return tuple(result)


def save(document, name, filter_name, **options):
    url = uno.systemPathToFileUrl(os.path.join(FOLDER, name))
    document.storeToURL(url, values(FilterName=filter_name, Overwrite=True, **options))


def locked():
    """What the Office Open XML filters take instead of a password: it makes them write an encrypted package."""
    pairs = []
    for name, value in (("CryptoType", "Standard"), ("OOXPassword", PASSWORD)):
        pair = NamedValue()
        pair.Name = name
        pair.Value = value
        pairs.append(pair)
    return uno.Any("[]com.sun.star.beans.NamedValue", tuple(pairs))


def main():
    pipe = "documents%d" % os.getpid()
    office = subprocess.Popen(
        [
            "soffice",
            "--headless",
            "--norestore",
            "--nofirststartwizard",
            "-env:UserInstallation=file://" + os.path.join(FOLDER, "profile"),
            "--accept=pipe,name=%s;urp;StarOffice.ComponentContext" % pipe,
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    deadline = time.monotonic() + 60
    while True:
        try:
            context = resolver.resolve("uno:pipe,name=%s;urp;StarOffice.ComponentContext" % pipe)
            break
        except NoConnectException:
            if office.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)

    text = desktop.loadComponentFromURL("private:factory/swriter", "_blank", 0, values(Hidden=True))
    text.Text.String = "Nobody without the password reads this."
    save(text, "locked.docx", "MS Word 2007 XML", EncryptionData=locked())
    save(text, "locked.doc", "MS Word 97", Password=PASSWORD)
    save(text, "locked.odt", "writer8", Password=PASSWORD)
    text.close(True)

    book = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, values(Hidden=True))
    book.Sheets.getByIndex(0).Name = "Preise"
    book.Sheets.insertNewByName("a b ..", 1)
    for row in range(120):
        book.Sheets.getByIndex(0).getCellByPosition(0, row).Value = row
    book.Sheets.getByIndex(1).getCellByPosition(0, 0).String = "second"
    save(book, "book.xlsx", "Calc MS Excel 2007 XML")
    save(book, "locked.xlsx", "Calc MS Excel 2007 XML", EncryptionData=locked())
    book.close(True)

    slides = desktop.loadComponentFromURL("private:factory/simpress", "_blank", 0, values(Hidden=True))
    slides.DrawPages.insertNewByIndex(1)
    for number in range(2):
        shape = slides.createInstance("com.sun.star.drawing.TextShape")
        shape.Size = Size(10000, 2000)
        shape.Position = Point(2000, 2000)
        slides.DrawPages.getByIndex(number).add(shape)
        shape.String = "slide %d" % (number + 1)
    save(slides, "slides.pptx", "Impress MS PowerPoint 2007 XML")
    slides.close(True)
    try:
        desktop.terminate()
    finally:
        office.wait(20)


main()
