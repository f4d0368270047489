"""Drives one LibreOffice over UNO for the document engine.

Reads one JSON object a line from stdin, answers each with one JSON line on stdout:
  {"input", "output", "importFilter", "importOptions", "password", "exportFilter", "pageLimit"}
  {"ok": true, "pages", "sheets": [{"name", "pages"}], "memoryBytes"}
  {"ok": false, "kind": "unreadable" | "pages" | "failed", "message", "memoryBytes"}
The first line it writes, {"ok": true, "ready": true, "version"}, says that LibreOffice answers. It ends when stdin does.
"""
import json
import os
import subprocess
import sys
import threading
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

START_SECONDS = 60

PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="FirstRun" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Save/Document"><prop oor:name="AutoSave" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Recovery/RecoveryInfo"><prop oor:name="Enabled" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Recovery/AutoSave"><prop oor:name="Enabled" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Java/VirtualMachine"><prop oor:name="Enable" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
</oor:items>
"""


def answer(**fields):
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def property_values(**values):
    result = []
    for name, value in values.items():
        item = PropertyValue()
        item.Name = name
        item.Value = value
        result.append(item)
    return tuple(result)


def start(work):
    profile = os.path.join(work, "profile")
    os.makedirs(os.path.join(profile, "user"), exist_ok=True)
    with open(os.path.join(profile, "user", "registrymodifications.xcu"), "w", encoding="utf-8") as settings:
        settings.write(PROFILE)
    name = "millrace%d" % os.getpid()
    office = subprocess.Popen(
        [
            "soffice",
            "--headless",
            "--invisible",
            "--nologo",
            "--nodefault",
            "--norestore",
            "--nolockcheck",
            "--nofirststartwizard",
            "-env:UserInstallation=file://" + profile,
            "--accept=pipe,name=%s;urp;StarOffice.ComponentContext" % name,
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    threading.Thread(target=end_with, args=(office,), daemon=True).start()
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    address = "uno:pipe,name=%s;urp;StarOffice.ComponentContext" % name
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            context = resolver.resolve(address)
            break
        except NoConnectException:
            if office.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
    return context


def end_with(office):
    """Ends this helper, and with it the worker, as soon as LibreOffice has ended."""
    office.wait()
    os._exit(1)


def version_of(context):
    provider = context.ServiceManager.createInstanceWithContext(
        "com.sun.star.configuration.ConfigurationProvider", context
    )
    access = provider.createInstanceWithArguments(
        "com.sun.star.configuration.ConfigurationAccess", property_values(nodepath="/org.openoffice.Setup/Product")
    )
    return access.getByName("ooSetupVersionAboutBox")


def memory_bytes(work):
    """What our LibreOffice, known by its profile, holds by itself."""
    profile = os.path.join(work, "profile").encode()
    total = 0
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open("/proc/%s/cmdline" % entry, "rb") as command:
                    if profile not in command.read():
                        continue
                with open("/proc/%s/statm" % entry, encoding="utf-8") as statm:
                    fields = statm.read().split()
                total += (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE")
            except OSError:
                continue
    return total


def sheet_pages(document):
    """Titles of the visible worksheets in order, each with its number of printed pages."""
    result = []
    for sheet in document.Sheets:
        if sheet.IsVisible:
            # Asked for by itself an empty sheet has a page; as part of its document it has none.
            pages = 0 if is_empty(sheet) else document.getRendererCount(sheet, ())
            result.append({"name": sheet.Name, "pages": pages})
    return result


def is_empty(sheet):
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    end = cursor.RangeAddress
    return (
        end.EndRow == 0
        and end.EndColumn == 0
        and sheet.getCellByPosition(0, 0).Type.value == "EMPTY"
        and sheet.DrawPage.Count == 0
    )


def load(context, desktop, job, options):
    address = uno.systemPathToFileUrl(job["input"])
    if job["exportFilter"] != "writer_pdf_Export":
        return desktop.loadComponentFromURL(address, "_blank", 0, property_values(**options))
    # A view of a text opens a window for each comment, of which the packages without a desktop lack the parts: LibreOffice
    # would end. So the text is loaded without a view, and gets one only when its comments are gone.
    document = context.ServiceManager.createInstanceWithContext("com.sun.star.text.TextDocument", context)
    try:
        document.load(property_values(URL=address, **options))
        for field in list(document.TextFields):
            if field.supportsService("com.sun.star.text.textfield.Annotation"):
                field.dispose()
        frame = desktop.findFrame("_blank", 0)
        controller = document.createDefaultViewController(frame)
        controller.attachModel(document)
        document.connectController(controller)
        frame.setComponent(controller.ComponentWindow, controller)
        controller.attachFrame(frame)
        document.setCurrentController(controller)
    except Exception:
        document.close(True)
        raise
    return document


def convert(context, desktop, job):
    options = dict(
        Hidden=True,
        ReadOnly=True,
        FilterName=job["importFilter"],
        # Never run a macro, never fetch what the document links to.
        MacroExecutionMode=0,
        UpdateDocMode=0,
    )
    if job.get("importOptions"):
        options["FilterOptions"] = job["importOptions"]
    if job.get("password"):
        options["Password"] = job["password"]
    document = None
    try:
        try:
            document = load(context, desktop, job, options)
        except Exception as error:
            return dict(ok=False, kind="unreadable", message=str(error))
        if document is None:
            return dict(ok=False, kind="unreadable", message="LibreOffice opens nothing")
        pages = document.getRendererCount(document, ())
        if pages > job["pageLimit"]:
            return dict(ok=False, kind="pages", message=str(pages))
        sheets = sheet_pages(document) if document.supportsService("com.sun.star.sheet.SpreadsheetDocument") else []
        document.storeToURL(
            uno.systemPathToFileUrl(job["output"]), property_values(FilterName=job["exportFilter"], Overwrite=True)
        )
        return dict(ok=True, pages=pages, sheets=sheets)
    except Exception as error:
        return dict(ok=False, kind="failed", message=str(error))
    finally:
        if document is not None:
            document.close(True)


def insist_on_life(context):
    """Raises when LibreOffice is about to end: a document that it dies of looks like one that it refuses."""
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    if desktop is None:
        raise RuntimeError("LibreOffice gives no desktop")


def main():
    work = os.environ["MILLRACE_WORK"]
    context = start(work)
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    answer(ok=True, ready=True, version=version_of(context), memoryBytes=memory_bytes(work))
    for line in sys.stdin:
        result = convert(context, desktop, json.loads(line))
        if not result["ok"]:
            insist_on_life(context)
        answer(memoryBytes=memory_bytes(work), **result)


main()
