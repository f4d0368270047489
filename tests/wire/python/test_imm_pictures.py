"""Pictures by IMM: several as one PDF or one JPEG, parts made unrecognisable, codes read; poppler and sharp are the judges."""

# proves imm: CreateImageToPDFTask, CreateImageSplicingTask, AddImageMosaic, DetectImageCodes
# proves imm2017: DetectQRCodes, DetectImageQRCodes

import json
import re
import subprocess

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_imm20200930 import models
from conftest import NODE, ROOT, fresh_name, object_or_none
from imm_client import ended, imm, project, refuses_imm, succeeded  # noqa: F401
from ram_client import Somebody, allow, call, deny, refuses_rpc


def node(script, *arguments, data=None):
    """What a program for Node prints: it finds the server's own decoders, which do not make what they judge here."""
    head = "import sharp from 'sharp'; import { writeBarcode } from 'zxing-wasm/writer';"
    command = [NODE, "--input-type=module", "-e", f"{head} {script}", *arguments]
    return subprocess.run(command, input=data, capture_output=True, check=True, cwd=ROOT / "packages" / "server").stdout


def picture(colour, width, height, form="png"):
    script = "const [c, w, h, f] = process.argv.slice(1); process.stdout.write(await sharp({ create: { width: +w, height: +h, channels: 3, background: c } }).toFormat(f).toBuffer());"
    return node(script, colour, str(width), str(height), form)


def pixels(data, *points):
    """Size, and the colours at some points."""
    script = """
      const bytes = await new Response(process.stdin).arrayBuffer();
      const { data, info } = await sharp(Buffer.from(bytes)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      const points = process.argv.slice(1).map((text) => text.split(','));
      const at = points.map(([x, y]) => [...data.subarray(3 * (info.width * +y + +x), 3 * (info.width * +y + +x) + 3)]);
      process.stdout.write(JSON.stringify([info.width, info.height, at]));
    """
    return json.loads(node(script, *(f"{x},{y}" for x, y in points), data=data))


def near(found, wanted):
    return all(abs(a - b) <= 6 for a, b in zip(found, wanted))


def code(text, form="QRCode"):
    script = """
      import { readFileSync } from 'node:fs';
      const { prepareZXingModule } = await import('zxing-wasm/writer');
      const wasm = readFileSync(new URL(import.meta.resolve('zxing-wasm/writer/zxing_writer.wasm')));
      prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasm).buffer } });
      const { image } = await writeBarcode(process.argv[1], { format: process.argv[2], scale: 4 });
      process.stdout.write(Buffer.from(await image.arrayBuffer()));
    """
    return node(script.replace("import { readFileSync } from 'node:fs';", "const { readFileSync } = await import('node:fs');"), text, form)


def put(client, bucket, key, body):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=body))


@pytest.fixture
def shots(server, client, bucket):
    put(client, bucket, "red.png", picture("#ff0000", 200, 100))
    put(client, bucket, "blue.jpg", picture("#0000ff", 100, 100, "jpeg"))
    put(client, bucket, "green.webp", picture("#008000", 60, 40, "webp"))
    put(client, bucket, "grey.tiff", picture("#808080", 50, 50, "tiff"))
    put(client, bucket, "drawn.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20"/></svg>')
    put(client, bucket, "none.jpg", b"this is no picture")
    with open(server.fixture("photo.jpg"), "rb") as body:
        put(client, bucket, "photo.jpg", body.read())
    return bucket


def to_pdf(imm, project, bucket, sources, target="out.pdf"):
    listed = [models.CreateImageToPDFTaskRequestSources(uri=f"oss://{bucket}/{key}", rotate=turn) for key, turn in sources]
    request = models.CreateImageToPDFTaskRequest(project_name=project, sources=listed, target_uri=f"oss://{bucket}/{target}")
    return imm.create_image_to_pdftask(request)


def test_pictures_become_the_pages_of_a_pdf(imm, client, shots, project, tmp_path):  # noqa: F811
    keys = [("red.png", None), ("blue.jpg", None), ("green.webp", 90), ("grey.tiff", 0), ("drawn.svg", None), ("photo.jpg", 180)]
    succeeded(imm, project, to_pdf(imm, project, shots, keys), "ImageToPDF")
    path = tmp_path / "out.pdf"
    path.write_bytes(object_or_none(client, shots, "out.pdf"))
    facts = subprocess.run(["pdfinfo", "-l", "99", str(path)], capture_output=True, check=True, text=True)
    assert facts.stderr == "", facts.stderr
    sizes = re.findall(r"Page +\d+ size: +([\d.]+) x ([\d.]+) pts", facts.stdout)
    assert sizes == [("150", "75"), ("75", "75"), ("30", "45"), ("37.5", "37.5"), ("30", "15"), ("1500", "999.75")]
    drawn = subprocess.run(["pdftoppm", "-r", "96", "-l", "2", "-png", str(path), str(tmp_path / "page")], capture_output=True)
    assert drawn.returncode == 0 and drawn.stderr == b"", drawn.stderr
    assert near(pixels((tmp_path / "page-1.png").read_bytes(), (100, 50))[2][0], (255, 0, 0))
    assert near(pixels((tmp_path / "page-2.png").read_bytes(), (50, 50))[2][0], (0, 0, 255))


def splice(imm, project, bucket, keys, target="long.jpg", **more):
    sources = [models.CreateImageSplicingTaskRequestSources(uri=f"oss://{bucket}/{key}") for key in keys]
    return imm.create_image_splicing_task(
        models.CreateImageSplicingTaskRequest(project_name=project, sources=sources, target_uri=f"oss://{bucket}/{target}", **more)
    )


def test_pictures_are_put_below_or_beside_each_other(imm, client, shots, project):  # noqa: F811
    made = splice(imm, project, shots, ["red.png", "blue.jpg"], direction="vertical")
    succeeded(imm, project, made, "ImageSplicing")
    width, height, (top, bottom) = pixels(object_or_none(client, shots, "long.jpg"), (100, 50), (100, 200))
    assert (width, height) == (200, 300), "the second is as wide as the first"
    assert near(top, (254, 0, 0)) and near(bottom, (0, 0, 254))
    made = splice(
        imm, project, shots, ["red.png", "blue.jpg"],
        direction="horizontal", align=50, scale_type="stretch", padding=10, margin=5, background_color="#00ff00", quality=100,
    )  # fmt: skip
    succeeded(imm, project, made, "ImageSplicing")
    points = (2, 2), (100, 30), (210, 30), (250, 30)
    width, height, found = pixels(object_or_none(client, shots, "long.jpg"), *points)
    assert (width, height) == (200 + 10 + 100 + 10, 60), "lengths stay, heights are 50"
    for colour, wanted in zip(found, ((0, 255, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255))):
        assert near(colour, wanted), found


def test_pictures_are_turned_and_stay_clear_in_a_png(imm, client, shots, project):  # noqa: F811
    sources = [models.CreateImageSplicingTaskRequestSources(uri=f"oss://{shots}/red.png", rotate=90)]
    sources.append(models.CreateImageSplicingTaskRequestSources(uri=f"oss://{shots}/blue.jpg"))
    request = models.CreateImageSplicingTaskRequest(
        project_name=project, sources=sources, target_uri=f"oss://{shots}/clear.png", image_format="png", background_color="alpha", margin=10
    )
    succeeded(imm, project, imm.create_image_splicing_task(request), "ImageSplicing")
    made = object_or_none(client, shots, "clear.png")
    assert made[:4] == b"\x89PNG" and made[25] == 6, "with transparency"
    with refuses_imm("InvalidBackgroundColor", 400):
        splice(imm, project, shots, ["red.png"], background_color="alpha")
    mosaic(imm, project, shots, "plain.jpg", source="red.png", type="blur", blur_radius=2, sigma=4, image_format="jpg", quality=10)
    rough = object_or_none(client, shots, "plain.jpg")
    mosaic(imm, project, shots, "fine.jpg", source="red.png", type="blur", blur_radius=2, sigma=4, image_format="jpg", quality=95)
    assert rough[:2] == b"\xff\xd8" and len(rough) < len(object_or_none(client, shots, "fine.jpg"))
    with refuses_imm("InvalidImageFormat", 400):
        mosaic(imm, project, shots, "x", source="red.png", image_format="tga")


def mosaic(imm, project, bucket, target, source="blocks.png", **part):
    place = part.pop("boundary", {"x": 0, "y": 0, "width": 0.5, "height": 1 / 2})
    boundary = models.AddImageMosaicRequestTargetsBoundary(**place)
    coded = {name: part.pop(name) for name in ("image_format", "quality") if name in part}
    targets = [models.AddImageMosaicRequestTargets(boundary=boundary, **part)]
    request = models.AddImageMosaicRequest(
        **coded, project_name=project, source_uri=f"oss://{bucket}/{source}", target_uri=f"oss://{bucket}/{target}", targets=targets
    )
    return imm.add_image_mosaic(request)


STRIPES = """
  const data = Buffer.alloc(100 * 100 * 3);
  for (let at = 0; at < data.length; at += 3) data[at] = (at / 3) % 2 === 0 ? 255 : 0;
  process.stdout.write(await sharp(data, { raw: { width: 100, height: 100, channels: 3 } }).png().toBuffer());
"""


@pytest.mark.parametrize("kind", ["square", "diamond", "hexagon", "blur", "pure"])
def test_parts_are_made_unrecognisable_and_the_rest_is_kept(imm, client, bucket, project, kind):  # noqa: F811
    put(client, bucket, "blocks.png", node(STRIPES))
    mosaic(imm, project, bucket, "hidden.png", type=kind, color="#0000ff", mosaic_radius=6, sigma=8)
    inside, outside = [(20, 20), (21, 20), (25, 27)], [(80, 80), (81, 80), (20, 80), (80, 20)]
    width, height, found = pixels(object_or_none(client, bucket, "hidden.png"), *inside, *outside)
    assert (width, height) == (100, 100)
    if kind == "pure":
        assert found[:3] == [[0, 0, 255]] * 3
    else:
        assert all(abs(red - 128) < 40 for red, _, _ in found[:3]), found
    assert found[3:] == [[255, 0, 0], [0, 0, 0], [255, 0, 0], [255, 0, 0]]
    mosaic(imm, project, bucket, "corner.png", type="pure", color="white", boundary={"x": 0, "y": 0, "width": 10, "height": 10, "refer_pos": "southeast"})
    assert pixels(object_or_none(client, bucket, "corner.png"), (95, 95), (88, 88))[2] == [[255, 255, 255], [255, 0, 0]]


def test_codes_are_read_with_their_places(server, imm, client, bucket, project):  # noqa: F811
    text = "https://example.com/?q=中文"
    put(client, bucket, "qr.png", code(text))
    put(client, bucket, "ean.png", code("4006381333931", "EAN13"))
    put(client, bucket, "plain.png", picture("#ffffff", 100, 100))
    ask = lambda key: imm.detect_image_codes(models.DetectImageCodesRequest(project_name=project, source_uri=f"oss://{bucket}/{key}")).body.codes  # noqa: E731
    (found,) = ask("qr.png")
    assert (found.type, found.content) == ("qrcode", text)
    assert found.boundary.width > 50 and abs(found.boundary.width - found.boundary.height) < 5
    (bars,) = ask("ean.png")
    assert (bars.type, bars.content) == ("barcode", "4006381333931")
    assert ask("plain.png") == []
    older = {"product": "imm", "version": "2017-09-06"}
    name = fresh_name("codes")
    call(server, "PutProject", **older, Project=name)
    one = call(server, "DetectImageQRCodes", **older, Project=name, ImageUri=f"oss://{bucket}/qr.png")
    assert one["QRCodes"][0]["Content"] == text and one["ImageUri"].endswith("/qr.png")
    uris = [f"oss://{bucket}/{key}" for key in ("qr.png", "plain.png", "absent.png")]
    many = call(server, "DetectQRCodes", **older, Project=name, SrcUris=json.dumps(uris))
    assert [len(each["QRCodes"]) for each in many["SuccessDetails"]] == [1, 0]
    assert [(each["SrcUri"], each["ErrorCode"]) for each in many["FailDetails"]] == [(uris[2], "InvalidResource.NotFound")]
    call(server, "DeleteProject", **older, Project=name)


def test_what_is_wrong_is_refused_or_fails_the_task(imm, client, shots, project):  # noqa: F811
    with refuses_imm("InvalidSources", 400):
        to_pdf(imm, project, shots, [("red.png", 45)])
    with refuses_imm("ResourceNotFound", 404):
        to_pdf(imm, project, shots, [("absent.png", 0)])
    for more, code_ in (
        ({"direction": "up"}, "InvalidDirection"),
        ({"scale_type": "fill"}, "InvalidScaleType"),
        ({"align": 5000}, "InvalidAlign"),
        ({"quality": 101}, "InvalidQuality"),
        ({"margin": -1}, "InvalidMargin"),
        ({"image_format": "gif"}, "InvalidImageFormat"),
    ):
        with refuses_imm(code_, 400):
            splice(imm, project, shots, ["red.png"], **more)
    for made, kind in (
        (to_pdf(imm, project, shots, [("red.png", 0), ("none.jpg", 0)]), "ImageToPDF"),
        (splice(imm, project, shots, ["red.png", "green.webp"]), "ImageSplicing"),
        (splice(imm, project, shots, ["red.png"], background_color="no colour"), "ImageSplicing"),
    ):
        task = ended(imm, project, made.body.task_id, kind)
        assert (task.status, task.code) == ("Failed", "InvalidArgument"), task
    assert object_or_none(client, shots, "out.pdf") is None and object_or_none(client, shots, "long.jpg") is None
    with refuses_imm("InvalidArgument", 400):
        imm.detect_image_codes(models.DetectImageCodesRequest(project_name=project, source_uri=f"oss://{shots}/none.jpg"))
    with refuses_imm("InvalidArgument", 400):
        mosaic(imm, project, shots, "x.png", source="red.png", boundary={"x": 300, "y": 0, "width": 10, "height": 10})
    with refuses_imm("InvalidTargets", 400):
        mosaic(imm, project, shots, "x.png", source="red.png", type="stars")
    with refuses_imm("InvalidTargets", 400):
        mosaic(imm, project, shots, "x.png", source="red.png", boundary={"x": 0, "y": 0})


def test_pictures_are_authorised_by_their_names(server, shots, project):  # noqa: F811
    def imm_as(user, action, **parameters):
        return call(server, action, user, product="imm", version="2020-09-30", ProjectName=project, **parameters)

    acting = allow("imm:*", "*")
    objects = allow(["oss:GetObject", "oss:PutObject"], f"acs:oss:*:*:{shots}/*")
    uri = f"oss://{shots}/red.png"
    sources = {"Sources": json.dumps([{"URI": uri}]), "TargetURI": f"oss://{shots}/out"}
    part = {"Targets": json.dumps([{"Boundary": {"Width": 5, "Height": 5}}]), "TargetURI": f"oss://{shots}/out"}
    asked = [
        ("CreateImageToPDFTask", sources),
        ("CreateImageSplicingTask", sources),
        ("AddImageMosaic", {"SourceURI": uri, **part}),
        ("DetectImageCodes", {"SourceURI": uri}),
    ]
    for action, parameters in asked:
        unread = Somebody(server, acting, objects, deny("oss:GetObject", f"acs:oss:*:*:{shots}/red.png"))
        unwritten = Somebody(server, acting, objects, deny("oss:PutObject", f"acs:oss:*:*:{shots}/out"))
        for user in (unread, unwritten) if action != "DetectImageCodes" else (unread,):
            with refuses_rpc("NoPermission", 403):
                imm_as(user, action, **parameters)
