"""Has LibreOffice save documents in other formats, some under a password.

Usage: save-as.py FOLDER LIST
LIST is a JSON file: [{"input", "filter", "output", "password"?, "mayNot"?}]. FOLDER holds the profile.
"""
import json
import os
import subprocess
import sys
import time

import uno
from com.sun.star.beans import NamedValue, PropertyValue
from com.sun.star.connection import NoConnectException

FOLDER = os.path.abspath(sys.argv[1])


def values(**named):
    result = []
    for name, value in named.items():
        item = PropertyValue()
        item.Name = name
        item.Value = value
        result.append(item)
    return tuple(result)


def package_key(password):
    """What the Office Open XML filters take instead of a password: it makes them write an encrypted package."""
    pairs = []
    for name, value in (("CryptoType", "Standard"), ("OOXPassword", password)):
        pair = NamedValue()
        pair.Name = name
        pair.Value = value
        pairs.append(pair)
    return uno.Any("[]com.sun.star.beans.NamedValue", tuple(pairs))


def options_of(job):
    options = dict(FilterName=job["filter"], Overwrite=True)
    password = job.get("password")
    if job["filter"].endswith("pdf_Export"):
        data = dict(EncryptFile=True, DocumentOpenPassword=password) if password else {}
        if job.get("mayNot"):
            data = dict(RestrictPermissions=True, PermissionPassword=job["mayNot"], Printing=0)
        options["FilterData"] = uno.Any("[]com.sun.star.beans.PropertyValue", values(**data))
    elif password and "2007" in job["filter"]:
        options["EncryptionData"] = package_key(password)
    elif password:
        options["Password"] = password
    return options


def connect(office, pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    deadline = time.monotonic() + 60
    while True:
        try:
            return resolver.resolve("uno:pipe,name=%s;urp;StarOffice.ComponentContext" % pipe)
        except NoConnectException:
            if office.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def main():
    pipe = "saving%d" % os.getpid()
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
    context = connect(office, pipe)
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    try:
        with open(sys.argv[2], encoding="utf-8") as jobs:
            for job in json.load(jobs):
                source = uno.systemPathToFileUrl(job["input"])
                document = desktop.loadComponentFromURL(source, "_blank", 0, values(Hidden=True))
                document.storeToURL(uno.systemPathToFileUrl(job["output"]), values(**options_of(job)))
                document.close(True)
        desktop.terminate()
    finally:
        office.wait(20)


main()
