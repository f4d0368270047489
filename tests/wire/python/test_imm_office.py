"""What IMM can say about documents and process strings cannot: worksheets, long pictures, thumbnails, passwords."""

# proves imm: CreateOfficeConversionTask, ExtractDocumentText

import io
import subprocess
import zipfile

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_imm20200930 import models
from conftest import object_or_none
from imm_client import ended, imm, project, refuses_imm  # noqa: F401
from ram_client import Somebody, allow, call, refuses_rpc

SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>%s</t></is></c></row></sheetData></worksheet>'


def workbook(*names):
    """A workbook with a word on each worksheet."""
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    number = range(1, len(names) + 1)
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{spreadsheet}.sheet.main+xml"/>'
        + "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{spreadsheet}.worksheet+xml"/>' for n in number)
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{relations}"><sheets>'
        + "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(number, names))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        + "".join(f'<Relationship Id="rId{n}" Type="{relations}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in number)
        + "</Relationships>",
        **{f"xl/worksheets/sheet{n}.xml": SHEET % f"word{n}" for n in number},
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return written.getvalue()


LOCK = """
import subprocess, sys, time, uno
from com.sun.star.beans import NamedValue, PropertyValue
folder, source, target, password = sys.argv[1:]
office = subprocess.Popen(["soffice", "--headless", "--norestore", "--nologo", "-env:UserInstallation=file://%s/profile" % folder, "--accept=pipe,name=locking;urp;"])
resolver = uno.getComponentContext().ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
for _ in range(300):
    try:
        context = resolver.resolve("uno:pipe,name=locking;urp;StarOffice.ComponentContext")
        break
    except Exception:
        time.sleep(0.1)
desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
document = desktop.loadComponentFromURL("file://" + source, "_blank", 0, (PropertyValue("Hidden", 0, True, 0),))
data = uno.Any("[]com.sun.star.beans.NamedValue", (NamedValue("CryptoType", "Standard"), NamedValue("OOXPassword", password)))
document.storeToURL("file://" + target, (PropertyValue("FilterName", 0, "MS Word 2007 XML", 0), PropertyValue("EncryptionData", 0, data, 0)))
document.close(True)
desktop.terminate()
office.wait(30)
"""


def put(client, bucket, key, body):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=body))


@pytest.fixture
def documents(server, client, bucket):
    put(client, bucket, "book.xlsx", workbook("First", "第二", "Third"))
    for name in ("report.docx", "encrypted.pdf"):
        with open(server.fixture(name), "rb") as body:
            put(client, bucket, name, body.read())
    return bucket


def convert(imm, project, bucket, source, target="png", prefix="out/", **more):
    request = models.CreateOfficeConversionTaskRequest(
        project_name=project,
        source_uri=f"oss://{bucket}/{source}",
        target_type=target,
        target_uriprefix=f"oss://{bucket}/{prefix}",
        **more,
    )
    made = imm.create_office_conversion_task(request)
    return ended(imm, project, made.body.task_id, "OfficeConversion")


def outputs(client, bucket, prefix="out/"):
    found = client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket, prefix=prefix)).contents or []
    return [one.key.removeprefix(prefix) for one in found]


def size(data):
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def test_worksheets_are_chosen_by_number(imm, client, documents, project):  # noqa: F811
    assert convert(imm, project, documents, "book.xlsx").status == "Succeeded"
    assert outputs(client, documents) == ["1_1.png", "2_1.png", "3_1.png"]
    assert convert(imm, project, documents, "book.xlsx", prefix="some/", sheet_index=2).status == "Succeeded"
    assert outputs(client, documents, "some/") == ["2_1.png", "3_1.png"]
    task = convert(imm, project, documents, "book.xlsx", prefix="one/", sheet_index=2, sheet_count=1)
    assert task.status == "Succeeded" and outputs(client, documents, "one/") == ["2_1.png"]
    task = convert(imm, project, documents, "book.xlsx", "pdf", prefix="pdf/", sheet_index=3)
    assert task.status == "Succeeded" and outputs(client, documents, "pdf/") == ["book.pdf"]
    task = convert(imm, project, documents, "book.xlsx", prefix="none/", sheet_index=4)
    assert (task.status, task.code) == ("Failed", "InvalidArgument") and "3 worksheets" in task.message


def test_pages_are_one_long_picture_or_only_the_first(imm, client, documents, project):  # noqa: F811
    assert convert(imm, project, documents, "report.docx", pages="1-2").status == "Succeeded"
    one, other = (size(object_or_none(client, documents, f"out/{page}.png")) for page in (1, 2))
    task = convert(imm, project, documents, "report.docx", prefix="long/", pages="1-2", long_picture=True)
    assert task.status == "Succeeded" and outputs(client, documents, "long/") == ["1.png"]
    assert size(object_or_none(client, documents, "long/1.png")) == (max(one[0], other[0]), one[1] + other[1])
    task = convert(imm, project, documents, "report.docx", prefix="thumb/", long_picture=True, first_page=True)
    assert task.status == "Succeeded" and size(object_or_none(client, documents, "thumb/1.png")) == one
    task = convert(imm, project, documents, "report.docx", "jpg", prefix="jpg/", long_picture=True, quality=30)
    assert task.status == "Succeeded" and object_or_none(client, documents, "jpg/1.jpg")[:2] == b"\xff\xd8"


def test_a_password_opens_documents_and_is_told_nobody(imm, client, documents, project, tmp_path):  # noqa: F811
    with open(tmp_path / "plain.docx", "wb") as plain:
        plain.write(object_or_none(client, documents, "report.docx"))
    arguments = [str(tmp_path), str(tmp_path / "plain.docx"), str(tmp_path / "locked.docx"), "secret"]
    subprocess.run(["/usr/bin/python3", "-c", LOCK, *arguments], check=True, timeout=120)
    put(client, documents, "locked.docx", (tmp_path / "locked.docx").read_bytes())
    for name in ("encrypted.pdf", "locked.docx"):
        for given in (None, "wrong"):
            task = convert(imm, project, documents, name, password=given)
            assert (task.status, task.code) == ("Failed", "InvalidArgument"), task
        task = convert(imm, project, documents, name, prefix=f"{name}/", pages="1", password="secret")
        assert task.status == "Succeeded", task
        assert "secret" not in task.task_request_definition
        assert outputs(client, documents, f"{name}/") == ["1.png"]
        task = convert(imm, project, documents, name, "pdf", prefix=f"{name}-pdf/", password="secret")
        assert task.status == "Succeeded", task
        made = object_or_none(client, documents, f"{name}-pdf/{name.rsplit('.')[0]}.pdf")
        shown = subprocess.run(["pdftotext", "-", "-"], input=made, capture_output=True, check=True)
        assert len(shown.stdout) > 200
    # Nothing of it is kept for whoever comes without the password.
    assert convert(imm, project, documents, "locked.docx", prefix="again/").status == "Failed"


def test_options_out_of_range_are_refused(imm, documents, project):  # noqa: F811
    for more, code in (
        ({"image_dpi": 95}, "InvalidImageDPI"),
        ({"quality": 101}, "InvalidQuality"),
        ({"scale_percentage": 200}, "InvalidScalePercentage"),
        ({"sheet_index": 0}, "InvalidSheetIndex"),
        ({"sheet_count": 0}, "InvalidSheetCount"),
        ({"pages": "2-1"}, "InvalidPages"),
        ({"start_page": 3, "end_page": 2}, "InvalidEndPage"),
    ):
        with refuses_imm(code, 400):
            convert(imm, project, documents, "book.xlsx", **more)


def test_the_text_of_a_document_comes_with_the_answer(server, imm, client, documents, project):  # noqa: F811
    ask = lambda key, **more: imm.extract_document_text(  # noqa: E731
        models.ExtractDocumentTextRequest(project_name=project, source_uri=f"oss://{documents}/{key}", **more)
    ).body.document_text
    assert "word1" in ask("book.xlsx") and "word3" in ask("book.xlsx")
    put(client, documents, "notes", "一些文字 some words".encode())
    assert "一些文字 some words" in ask("notes", source_type="txt")
    with refuses_imm("InvalidArgument", 400):
        ask("notes")
    with refuses_imm("InvalidArgument", 400):
        ask("encrypted.pdf")
    with refuses_imm("ResourceNotFound", 404):
        ask("absent.docx")
    user = Somebody(server, allow("imm:*", "*"))
    with refuses_rpc("NoPermission", 403):
        uri = f"oss://{documents}/book.xlsx"
        call(server, "ExtractDocumentText", user, product="imm", version="2020-09-30", ProjectName=project, SourceURI=uri)
