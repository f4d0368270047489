"""Reads that are compressed on their way."""

import gzip
import os

import requests
from conftest import bucket_for


def read(old, key, **headers):
    url = old.sign_url("GET", key, 60, slash_safe=True)
    return requests.get(url, headers=headers, stream=True, timeout=10)


def test_a_whole_text_is_compressed_for_who_asks(server, bucket):
    old = bucket_for(server, bucket)
    text = b"line of text\n" * 5000
    old.put_object("a.txt", text)
    answer = read(old, "a.txt", **{"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip" and answer.headers["Vary"] == "Accept-Encoding"
    assert "ETag" not in answer.headers and "Content-Length" not in answer.headers
    assert "Content-MD5" not in answer.headers
    raw = answer.raw.read(decode_content=False)
    assert len(raw) < len(text) // 10 and gzip.decompress(raw) == text
    plain = read(old, "a.txt", **{"Accept-Encoding": "identity"})
    assert plain.content == text and plain.headers["ETag"] and "Content-Encoding" not in plain.headers


def test_nothing_else_is(server, bucket):
    old = bucket_for(server, bucket)
    old.put_object("short.txt", b"x" * 1023)
    old.put_object("bytes.bin", os.urandom(5000))
    old.put_object("done.txt", gzip.compress(b"x" * 50_000, 0), headers={"Content-Encoding": "gzip"})
    old.put_object("a.txt", b"x" * 5000)
    for key in ("short.txt", "bytes.bin", "done.txt"):
        answer = read(old, key, **{"Accept-Encoding": "gzip"})
        assert answer.headers["ETag"] and answer.headers["Content-Length"], key
    part = read(old, "a.txt", **{"Accept-Encoding": "gzip", "Range": "bytes=0-1999"})
    assert (part.status_code, part.headers["Content-Length"]) == (206, "2000")
    for refusal in ("gzip;q=0", "deflate"):
        assert "ETag" in read(old, "a.txt", **{"Accept-Encoding": refusal}).headers
