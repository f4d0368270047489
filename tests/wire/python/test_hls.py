"""HLS: playlists whose segments are made when a player asks for them, and playlists signed as the request for them is."""

# proves oss: ProcessObject, GetObject

import subprocess
import urllib.parse

import alibabacloud_oss_v2 as oss
import pytest
import requests
from conftest import bucket_for, object_or_none, refuses
from media_tasks import b64, media  # noqa: F401

LIVE = "hls/m3u8,vcodec_h264,pixfmt_yuv420p,s_320x180,vb_300000,ab_64000,acodec_aac,scaletype_fit,st_5000,ta_10"


@pytest.fixture
def film(client, bucket, tmp_path):
    """Twelve seconds: three segments of five."""
    path = tmp_path / "film.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=12"]
        + ["-f", "lavfi", "-i", "sine=frequency=440:duration=12", "-c:v", "libx264", "-preset", "ultrafast"]
        + ["-pix_fmt", "yuv420p", "-c:a", "aac", str(path)],
        check=True,
    )
    with open(path, "rb") as body:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="in/film.mp4", body=body))
    return bucket


def make_playlist(client, bucket, process, name):
    request = oss.ProcessObjectRequest(bucket=bucket, key="in/film.mp4", process=f"{process}|sys/saveas,o_{b64(name)}")
    result = client.process_object(request)
    assert result.process_status == "OK"
    return result.key


def entries(playlist):
    return [line for line in playlist.splitlines() if line and not line.startswith("#")]


def stored(client, bucket, prefix):
    listed = client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket, prefix=prefix)).contents or []
    return [found.key for found in listed]


def test_a_playlist_is_complete_at_once_and_its_segments_come_when_asked_for(client, film, server, tmp_path):
    key = make_playlist(client, film, f"{LIVE},initd_0", "live/film")
    assert key == "live/film.m3u8"
    assert stored(client, film, "live/") == [key]
    head = client.head_object(oss.HeadObjectRequest(bucket=film, key=key))
    assert head.content_type == "application/vnd.apple.mpegurl"

    # A player that holds one signed address finds all others in what it gets.
    url = bucket_for(server, film).sign_url("GET", key, 600, params={"x-oss-process": "hls/sign"})
    playlist = requests.get(url).text
    assert playlist.startswith("#EXTM3U") and playlist.rstrip().endswith("#EXT-X-ENDLIST")
    assert "#EXT-X-PLAYLIST-TYPE:VOD" in playlist and "#EXT-X-TARGETDURATION:5" in playlist
    named = entries(playlist)
    assert len(named) == 3
    whole = b""
    for address in [named[0], named[2], named[1]]:
        answer = requests.get(urllib.parse.urljoin(url, address))
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "video/mp2t"
    assert len(stored(client, film, "live/film-")) == 3
    for address in named:
        whole += requests.get(urllib.parse.urljoin(url, address)).content
    path = tmp_path / "whole.ts"
    path.write_bytes(whole)
    counted = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v", "-show_entries", "stream=nb_read_frames,width"]
        + ["-of", "csv=p=0", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert counted.stdout.split()[0].rstrip(",") == "320,300"
    times = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time", "-of", "csv=p=0", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    at = [float(line.rstrip(",")) for line in times.stdout.split()]
    assert all(0.039 < after - before < 0.041 for before, after in zip(at, at[1:]))


def test_the_first_segments_are_there_before_the_answer(client, film):
    make_playlist(client, film, f"{LIVE},initd_6000", "soon.m3u8")
    assert len(stored(client, film, "soon-")) == 2
    make_playlist(client, film, f"{LIVE},initd_-1", "all")
    assert len(stored(client, film, "all-")) == 3


def test_what_no_playlist_names_stays_missing(client, film):
    key = make_playlist(client, film, f"{LIVE},initd_0", "live")
    [first, *_] = entries(object_or_none(client, film, key).decode())
    name = first.split("?")[0]

    def ask(key, playlist):
        process = f"if_status_eq_404{{hls/ts,from_{b64(playlist)}}}"
        return client.get_object(oss.GetObjectRequest(bucket=film, key=key, process=process))

    assert ask(name, key).content_type == "video/mp2t"
    for wrong, playlist in [
        (name.replace("-0.ts", "-3.ts"), key),
        (name.replace("-0.ts", "-1.ts"), "absent.m3u8"),
        ("other.ts", key),
    ]:
        with refuses("NoSuchKey", 404):
            ask(wrong, playlist)
    # A playlist that somebody has written by hand makes nobody work.
    forged = "#EXTM3U\n#MILLRACE:e30\nx-0.ts\n#EXT-X-ENDLIST\n"
    client.put_object(oss.PutObjectRequest(bucket=film, key="forged.m3u8", body=forged))
    with refuses("NoSuchKey", 404):
        ask("x-0.ts", "forged.m3u8")


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_every_address_in_a_playlist_is_signed_as_the_request_is(client, bucket, server, version):
    playlist = (
        '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="keys/k 1.bin",IV=0x1\n#EXTINF:5,\nseg%20ment/a.ts\n#EXTINF:5,\n'
        "https://elsewhere.example/b.ts\nsub/variant.m3u8\n"
    )
    objects = {"p/keys/k 1.bin": b"k", "p/seg ment/a.ts": b"a", "p/sub/variant.m3u8": b"#EXTM3U\nc.ts\n", "p/sub/c.ts": b"c"}
    for key, body in {**objects, "p/list.m3u8": playlist}.items():
        client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=body))
    url = bucket_for(server, bucket, version).sign_url("GET", "p/list.m3u8", 600, params={"x-oss-process": "hls/sign"})
    lines = requests.get(url).text.splitlines()
    assert lines[5] == "https://elsewhere.example/b.ts"
    quoted = lines[1].split('URI="')[1].split('"')[0]
    for address, expected in [(quoted, b"k"), (lines[3], b"a")]:
        answer = requests.get(urllib.parse.urljoin(url, address))
        assert (answer.status_code, answer.content) == (200, expected), answer.text
    inner = urllib.parse.urljoin(url, lines[6])
    [named] = entries(requests.get(inner).text)
    assert requests.get(urllib.parse.urljoin(inner, named)).content == b"c"
    # For as long as the request itself, and no longer.
    name = "x-oss-expires" if version == "v4" else "Expires"
    life = [urllib.parse.parse_qs(urllib.parse.urlsplit(each).query)[name] for each in (url, lines[3])]
    assert life[0] == life[1]
    assert requests.get(urllib.parse.urljoin(url, "seg%20ment/a.ts")).status_code == 403


def test_only_playlists_can_be_signed_and_only_by_readers_of_them(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="x.m3u8", body=b"no playlist"))
    with refuses("InvalidArgument", 400):
        client.get_object(oss.GetObjectRequest(bucket=bucket, key="x.m3u8", process="hls/sign"))
    with refuses("InvalidArgument", 400):
        client.get_object(oss.GetObjectRequest(bucket=bucket, key="x.m3u8", process="hls/m3u8"))
    with refuses("NoSuchKey", 404):
        client.get_object(oss.GetObjectRequest(bucket=bucket, key="absent.m3u8", process="hls/sign"))
