"""One warm LibreOffice that converts one document after the other to PDF, as unoserver does.

Writes "ready", then for each line "SOURCE<tab>TARGET" on stdin a line when the PDF is there. Its argument is a folder of its own.
"""
import os
import subprocess
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException


def value(name, content):
    item = PropertyValue()
    item.Name = name
    item.Value = content
    return item


name = "bench%d" % os.getpid()
office = subprocess.Popen(
    [
        "soffice",
        "--headless",
        "--invisible",
        "--nologo",
        "--norestore",
        "-env:UserInstallation=file://" + sys.argv[1],
        "--accept=pipe,name=%s;urp;StarOffice.ComponentContext" % name,
    ],
    stdin=subprocess.DEVNULL,
    stdout=subprocess.DEVNULL,
)
local = uno.getComponentContext()
resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
deadline = time.monotonic() + 60
while True:
    try:
        context = resolver.resolve("uno:pipe,name=%s;urp;StarOffice.ComponentContext" % name)
        break
    except NoConnectException:
        if time.monotonic() > deadline:
            raise
        time.sleep(0.05)
desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
print("ready", flush=True)
for line in sys.stdin:
    source, target = line.rstrip("\n").split("\t")
    document = desktop.loadComponentFromURL(uno.systemPathToFileUrl(source), "_blank", 0, (value("Hidden", True),))
    document.storeToURL(uno.systemPathToFileUrl(target), (value("FilterName", "writer_pdf_Export"),))
    document.close(True)
    print("done", flush=True)
try:
    desktop.terminate()
finally:
    office.wait(30)
