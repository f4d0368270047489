"""Sends requests with the official Python V2 client to a server that only listens, and prints what arrived.

Reads cases as JSON from stdin: operation, bucket, key, and fields by their names on the wire; documents as XML. The client
makes its own request objects of them, by its own maps of names, and signs them by itself.
"""

import base64
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree

import alibabacloud_oss_v2 as oss
from alibabacloud_oss_v2 import models, serde

arrived = []


class Recorder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value.encode("latin-1").decode("utf-8") for name, value in self.headers.items()}
        arrived.append(
            {"method": self.command, "target": self.path, "headers": headers, "body": base64.b64encode(body).decode()}
        )
        self.send_response(204)
        self.end_headers()

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_OPTIONS = answer

    def log_message(self, *_):
        pass


def snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def model_named(name, near):
    kind = getattr(sys.modules[near.__module__], name, None)
    return kind if isinstance(kind, type) and issubclass(kind, serde.Model) else None


def fill(model, element):
    """Gives a model of the client what an element says, by the client's own map of names."""
    for attribute, facts in model._attribute_map.items():
        found = element.findall(facts.get("rename", attribute))
        if not found:
            continue
        kind = facts.get("type", "str").split(",")[0]
        inner = model_named(kind.strip("[]"), type(model))
        values = [fill(inner(), one) if inner else value(kind.strip("[]"), one.text or "") for one in found]
        setattr(model, attribute, values if kind.startswith("[") else values[0])
    return model


def document(request, root, xml):
    element = ElementTree.fromstring(xml)
    module = vars(sys.modules[type(request).__module__])
    for name, kind in module.items():
        if isinstance(kind, type) and issubclass(kind, serde.Model):
            known = {name, getattr(kind, "_xml_map", {}).get("name")}
            if not known.isdisjoint({root, element.tag}):
                return fill(kind(), element)
    raise LookupError(f"the client has no model of {element.tag}")


def value(kind, text):
    if kind == "int":
        return int(text)
    if kind == "bool":
        return text == "true"
    return text


def request_of(case):
    """The client's own request, or None when it has no place for one of the fields."""
    kind = getattr(models, case["operation"] + "Request", None)
    if kind is None:
        return None
    request = kind()
    whole = case.get("xml")
    wanted = {**{("query", k): v for k, v in case["query"].items()}, **{("header", k): v for k, v in case["headers"].items()}}
    for place in ("bucket", "key"):
        if case.get(place):
            setattr(request, place, case[place])
    for attribute, facts in kind._attribute_map.items():
        place, wire = facts.get("position"), facts.get("rename", attribute)
        kinds = facts.get("type", "str").split(",")
        if place == "body" and "xml" in kinds and case.get("xml"):
            setattr(request, attribute, document(request, wire, case.pop("xml")))
        elif place == "body" and case.get("body") is not None:
            setattr(request, attribute, case.pop("body"))
        elif "usermeta" in kinds and case.get("meta"):
            setattr(request, attribute, case.pop("meta"))
        else:
            text = wanted.pop((place, wire.lower() if place == "header" else wire), None)
            if text is not None:
                setattr(request, attribute, value(kinds[0], text))
    if case.get("source"):
        request.source_bucket, request.source_key = case["source"]["bucket"], case["source"]["key"]
        wanted.pop(("header", "x-oss-copy-source"), None)
    if case["operation"] == "CompleteMultipartUpload":
        parts = [
            models.UploadPart(part_number=int(part.findtext("PartNumber")), etag=part.findtext("ETag"))
            for part in ElementTree.fromstring(whole).iter("Part")
        ]
        request.complete_multipart_upload = models.CompleteMultipartUpload(parts=parts)
    if case["operation"] == "DeleteMultipleObjects":
        request.delete = document(request, "Delete", case.pop("xml"))
    if case.get("process"):
        request.process = case["process"]
    return None if wanted or case.get("xml") else request


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    setup = json.load(sys.stdin)
    provider = oss.credentials.StaticCredentialsProvider(
        setup["accessKeyId"], setup["accessKeySecret"], setup["securityToken"]
    )
    clients = {}
    for version in ("v1", "v4"):
        config = oss.config.load_default()
        config.credentials_provider = provider
        config.region = setup["region"]
        config.endpoint = f"http://127.0.0.1:{server.server_port}"
        config.signature_version = version
        config.retry_max_attempts = 1
        clients[version] = oss.Client(config)
    results = []
    for case in setup["cases"]:
        arrived.clear()
        call = getattr(clients[case["signatureVersion"]], snake(case["operation"]), None)
        error = "the client has no such operation or field"
        if call is not None:
            try:
                request = request_of(case)
                if request is not None:
                    call(request)
            except Exception as raised:  # The empty answer satisfies few operations: what arrived is what counts.
                error = repr(raised)
        results.append(arrived[0] if arrived else {"error": error})
    server.shutdown()
    json.dump({"version": oss.__version__ if hasattr(oss, "__version__") else "", "results": results}, sys.stdout)


main()
