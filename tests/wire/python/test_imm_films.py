"""What CreateMediaConvertTask has words for and process strings have not: marks, patches, subtitles, streams, pieces, ladders."""

# proves imm: CreateMediaConvertTask

import json
import re
import subprocess

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_imm20200930 import models
from conftest import object_or_none
from imm_client import ended, imm, project, refuses_imm  # noqa: F401
from media_tasks import media, probe  # noqa: F401

Source = models.CreateMediaConvertTaskRequestSources
Target = models.CreateMediaConvertTaskRequestTargets
Subtitles = models.CreateMediaConvertTaskRequestSourcesSubtitles

CUES = "1\n00:00:00,500 --> 00:00:01,500\nfirst words\n\n2\n00:00:02,000 --> 00:00:03,000\nsecond words\n"


def ffmpeg(*words, stdin=None):
    return subprocess.run(["ffmpeg", "-v", "error", "-y", *words], input=stdin, capture_output=True, check=True).stdout


@pytest.fixture
def films(client, media, tmp_path):  # noqa: F811
    """The bucket of `media` with a red picture, a mark that moves, subtitles, and a film with two sounds and a cover."""

    def put(key, body):
        client.put_object(oss.PutObjectRequest(bucket=media, key=key, body=body))

    put("red.png", ffmpeg("-f", "lavfi", "-i", "color=red:s=64x32", "-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "-"))
    moving = tmp_path / "moving.mov"
    ffmpeg("-f", "lavfi", "-i", "color=blue:s=64x64:d=1,format=rgba", "-c:v", "qtrle", str(moving))
    put("moving.mov", moving.read_bytes())
    put("eng.srt", CUES.encode())
    put("chi.vtt", ("WEBVTT\n\n00:00.500 --> 00:01.500\n第一\n").encode())
    rich = tmp_path / "rich.mp4"
    cover = tmp_path / "cover.png"
    ffmpeg("-f", "lavfi", "-i", "color=green:s=80x80", "-frames:v", "1", str(cover))
    lavfi = [word for graph in ("testsrc2=s=160x120:d=4:r=10", "sine=300:d=4", "sine=900:d=4") for word in ("-f", "lavfi", "-i", graph)]
    ffmpeg(
        *lavfi, "-i", str(cover), "-map", "0", "-map", "1", "-map", "2", "-map", "3",
        "-c:v:0", "libx264", "-preset", "ultrafast", "-c:v:1", "png", "-disposition:v:1", "attached_pic",
        "-c:a", "aac", "-metadata", "title=hidden", str(rich),
    )  # fmt: skip
    put("rich.mp4", rich.read_bytes())
    put("beep.wav", ffmpeg("-f", "lavfi", "-i", "sine=500:d=1:r=22050", "-f", "wav", "-"))
    return media


def transcode(**more):
    return models.TargetVideo(
        transcode_video=models.TargetVideoTranscodeVideo(codec="h264", crf=30, **more.pop("coded", {})), **more
    )


AAC = models.TargetAudio(transcode_audio=models.TargetAudioTranscodeAudio(codec="aac"))
SILENT = models.TargetAudio(disable_audio=True)


@pytest.fixture
def convert(imm, project):  # noqa: F811
    """Runs a task to its end. Several targets cost hardly more than one."""

    def run(sources, targets=None, groups=None, **more):
        request = models.CreateMediaConvertTaskRequest(
            project_name=project, sources=sources, targets=targets, target_groups=groups, **more
        )
        return ended(imm, project, imm.create_media_convert_task(request).body.task_id, "MediaConvert", timeout=600)

    return run


def good(task):
    assert task.status == "Succeeded", task.message


def streams(data, tmp_path, kind):
    probe(data, tmp_path)
    shown = subprocess.run(
        ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(tmp_path / "output")],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    return [stream for stream in json.loads(shown.stdout)["streams"] if stream["codec_type"] == kind]


def colour(data, tmp_path, at, x, y):
    """The red, green and blue of an area of 8 × 8 pixels."""
    path = tmp_path / "seen"
    path.write_bytes(data)
    cut = f"crop=8:8:{x}:{y},scale=1:1:flags=area,format=rgb24"
    return tuple(ffmpeg("-ss", str(at), "-i", str(path), "-frames:v", "1", "-vf", cut, "-f", "rawvideo", "-"))


def is_red(pixel):
    return pixel[0] > 200 and pixel[1] < 60 and pixel[2] < 60


def test_pictures_and_small_films_lie_on_a_film_and_logos_are_taken_away(client, films, convert, tmp_path):
    Mark, Patch = models.TargetVideoFilterVideoWatermarks, models.TargetVideoFilterVideoDelogos
    marks = [
        Mark(type="file", uri=f"oss://{films}/red.png", dx=10, dy=20, refer_pos="bottomright", start_time=0, duration=1),
        Mark(type="file", uri=f"oss://{films}/moving.mov", dx=0.5, dy=0, width=0.25, start_time=0),
        Mark(type="text", content="bold", font_name="SourceHanSans-Bold", font_size=20, font_color="#00ff00"),
    ]
    # The red mark is there in the first run, and in the second there is nothing but what it was.
    first = models.TargetVideoFilterVideo(watermarks=marks)
    targets = [Target(container="mp4", uri=f"oss://{films}/marked.mp4", video=transcode(filter_video=first), audio=SILENT)]
    good(convert([Source(uri=f"oss://{films}/clip.mp4", duration=2)], targets))
    made = object_or_none(client, films, "marked.mp4")
    (video,) = streams(made, tmp_path, "video")
    assert (video["width"], video["height"]) == (640, 360)
    assert is_red(colour(made, tmp_path, 0.4, 640 - 10 - 32, 360 - 20 - 16)), "the mark is in its corner"
    assert not is_red(colour(made, tmp_path, 1.6, 640 - 10 - 32, 360 - 20 - 16)), "and only as long as it is to be"
    blue = colour(made, tmp_path, 1.5, 320 + 80, 80)
    assert blue[2] > 200 and blue[0] < 60, f"the film is shown again, 160 pixels wide and in proportion: {blue}"

    patch = Patch(dx=10, dy=20, width=64, height=32, refer_pos="bottomright")
    cleaned = transcode(filter_video=models.TargetVideoFilterVideo(delogos=[patch]))
    good(convert([Source(uri=f"oss://{films}/marked.mp4")], [Target(container="mp4", uri=f"oss://{films}/clean.mp4", video=cleaned, audio=SILENT)]))
    clean = object_or_none(client, films, "clean.mp4")
    assert not is_red(colour(clean, tmp_path, 0.4, 640 - 10 - 32, 360 - 20 - 16))


def test_subtitles_become_streams_and_files(client, films, convert, tmp_path):
    sources = [
        Source(
            uri=f"oss://{films}/rich.mp4",
            start_time=1,
            duration=2.5,
            subtitles=[
                Subtitles(uri=f"oss://{films}/eng.srt", language="eng", time_offset=0.25),
                Subtitles(uri=f"oss://{films}/chi.vtt", language="chi"),
            ],
        )
    ]
    taken = models.TargetSubtitle(
        stream=[0, 1], extract_subtitle=models.TargetSubtitleExtractSubtitle(format="webvtt", uri=f"oss://{films}/texts")
    )
    targets = [
        Target(container="mp4", uri=f"oss://{films}/two.mp4", video=transcode(), audio=SILENT),
        Target(container="mkv", uri=f"oss://{films}/one.mkv", video=transcode(), audio=SILENT, subtitle=models.TargetSubtitle(stream=[1, 7])),
        Target(container="mp4", uri=f"oss://{films}/slow.mp4", video=transcode(), audio=SILENT, speed=0.5),
        Target(subtitle=taken),
    ]
    good(convert(sources, targets))
    two = streams(object_or_none(client, films, "two.mp4"), tmp_path, "subtitle")
    assert [(one["codec_name"], one["tags"]["language"]) for one in two] == [("mov_text", "eng"), ("mov_text", "chi")]
    (one,) = streams(object_or_none(client, films, "one.mkv"), tmp_path, "subtitle")
    assert (one["codec_name"], one["tags"]["language"]) == ("subrip", "chi")
    text = object_or_none(client, films, "texts_0.vtt").decode()
    # Cut a second into the film, and moved by a quarter of one.
    assert "00:01.250 --> 00:02.250\nsecond words" in text, text
    assert "第一" in object_or_none(client, films, "texts_1.vtt").decode()
    slow = object_or_none(client, films, "slow.mp4")
    _, form = probe(slow, tmp_path)
    assert 4.7 < float(form["duration"]) < 5.4
    cues = ffmpeg("-i", str(tmp_path / "output"), "-map", "0:s:0", "-f", "srt", "-").decode()
    assert "00:00:02,500 --> 00:00:04,500\nsecond words" in cues, cues

    task = convert(sources, [Target(container="flv", uri=f"oss://{films}/x", video=transcode(), audio=SILENT)])
    assert (task.status, task.code) == ("Failed", "InvalidArgument") and "subrip" in task.message, task
    task = convert([Source(uri=f"oss://{films}/rich.mp4")], [Target(subtitle=taken)])
    assert task.status == "Failed" and "no subtitles" in task.message


def test_streams_are_chosen_mixed_laid_under_and_stripped(client, films, convert, tmp_path):
    def audio(stream=None, mixing=None, **coded):
        return models.TargetAudio(
            stream=stream,
            transcode_audio=models.TargetAudioTranscodeAudio(**{"codec": "aac", **coded}),
            filter_audio=models.TargetAudioFilterAudio(mixing=mixing) if mixing else None,
        )

    def target(name, **more):
        return Target(container=name.rpartition(".")[2], uri=f"oss://{films}/{name}", **more)

    cover = models.CreateMediaConvertTaskRequestTargetsAttachedPicture(stream=[-1])
    flac = audio(codec="flac", bits_per_sample=24, sample_rate=96000, sample_rate_option="adaptive")
    fine = transcode(coded={"bframes": 0, "refs": 1})
    good(
        convert(
            [Source(uri=f"oss://{films}/rich.mp4")],
            [
                target("both.mp4", video=fine, audio=audio([101]), attached_picture=cover, strip_metadata=True),
                target("mixed.mp4", video=transcode(), audio=audio([0, 1], True)),
                target("second.flac", audio=flac),
            ],
        )
    )
    both = object_or_none(client, films, "both.mp4")
    assert [one["disposition"]["attached_pic"] for one in streams(both, tmp_path, "video")] == [0, 1]
    main = streams(both, tmp_path, "video")[0]
    assert (main["has_b_frames"], main["refs"]) == (0, 1)
    assert len(streams(both, tmp_path, "audio")) == 2
    assert "title" not in probe(both, tmp_path)[1].get("tags", {})
    mixed = object_or_none(client, films, "mixed.mp4")
    assert len(streams(mixed, tmp_path, "audio")) == 1 and probe(mixed, tmp_path)[1]["tags"]["title"] == "hidden"
    (sound,) = streams(object_or_none(client, films, "second.flac"), tmp_path, "audio")
    assert (sound["bits_per_raw_sample"], sound["sample_rate"]) == ("24", "44100")

    # Sound of another file, as long as the film is.
    for mode, name in (("loop", "looped.mp4"), ("pad", "padded.mp4")):
        beside = Source(uri=f"oss://{films}/beep.wav", attached=True, align_mode=mode)
        film = Source(uri=f"oss://{films}/rich.mp4")
        good(convert([film, beside], [target(name, video=transcode(), audio=audio([2]))]))
        made = object_or_none(client, films, name)
        (video,), (sound,) = streams(made, tmp_path, "video"), streams(made, tmp_path, "audio")
        assert abs(float(sound["duration"]) - float(video["duration"])) < 0.2, (video["duration"], sound["duration"])
        assert sound["sample_rate"] == "22050"

    # And what is joined may be marked, slowed and cut as one film is; a part of it without its sound.
    mark = models.TargetVideoFilterVideoWatermarks(type="file", uri=f"oss://{films}/red.png")
    marked = models.TargetVideo(
        transcode_video=models.TargetVideoTranscodeVideo(codec="h264", resolution="160x120", rotation=90),
        filter_video=models.TargetVideoFilterVideo(watermarks=[mark]),
    )
    segment = models.CreateMediaConvertTaskRequestTargetsSegment(format="hls", duration=1)
    parts = [Source(uri=f"oss://{films}/rich.mp4", duration=1), Source(uri=f"oss://{films}/rich.mp4", duration=1, disable_audio=True)]
    good(convert(parts, [Target(container="ts", uri=f"oss://{films}/joint", video=marked, audio=AAC, speed=0.5, segment=segment)]))
    lines = object_or_none(client, films, "joint.m3u8").decode().splitlines()
    assert [line for line in lines if not line.startswith("#")] == [f"joint-{number}.ts" for number in range(4)]
    piece = object_or_none(client, films, "joint-0.ts")
    assert [(one["width"], one["height"]) for one in streams(piece, tmp_path, "video")] == [(120, 160)]
    assert is_red(colour(piece, tmp_path, 0, 28, 12))


def test_films_are_cut_for_players_of_dash_and_of_hls_with_mp4(client, films, convert, tmp_path):
    Segment = models.CreateMediaConvertTaskRequestTargetsSegment

    def target(name, form):
        segment = Segment(format=form, duration=1)
        return Target(container="mp4", uri=f"oss://{films}/{name}", video=transcode(), audio=AAC, segment=segment)

    good(convert([Source(uri=f"oss://{films}/rich.mp4")], [target("d/film & one", "dash"), target("h/film", "hls")]))
    manifest = object_or_none(client, films, "d/film & one.mpd").decode()
    initial = object_or_none(client, films, "d/film & one-init-0.m4s")
    assert 'initialization="film%20%26%20one-init-$RepresentationID$.m4s"' in manifest and initial, manifest
    pieces = b"".join(object_or_none(client, films, f"d/film & one-0-{number}.m4s") for number in (1, 2, 3, 4))
    (video,) = streams(initial + pieces, tmp_path, "video")
    assert (video["codec_name"], video["width"]) == ("h264", 160)
    assert object_or_none(client, films, "d/film & one-1-1.m4s"), "sound has pieces of its own"
    lines = object_or_none(client, films, "h/film.m3u8").decode().splitlines()
    assert '#EXT-X-MAP:URI="film-init.m4s"' in lines and "film-1.m4s" in lines
    whole = b"".join(object_or_none(client, films, f"h/film-{piece}.m4s") for piece in ("init", 0, 1, 2, 3))
    assert len(streams(whole, tmp_path, "audio")) == 1


def test_a_ladder_is_a_playlist_of_playlists(imm, client, project, films, convert, tmp_path):  # noqa: F811
    Group = models.CreateMediaConvertTaskRequestTargetGroups
    Rung = models.CreateMediaConvertTaskRequestTargetGroupsTargets

    def rung(name, width, container="ts"):
        video = transcode(coded={"resolution": f"{width}x", "scale_type": "fit"})
        return Rung(container=container, uri=f"oss://{films}/ladder/{name}", video=video, audio=SILENT)

    texts = Rung(subtitle=models.TargetSubtitle(extract_subtitle=models.TargetSubtitleExtractSubtitle(format="webvtt", uri=f"oss://{films}/ladder/words")))
    sound = Rung(container="ts", uri=f"oss://{films}/ladder/sound", video=models.TargetVideo(disable_video=True), audio=AAC)
    rungs = [rung("big", 160), rung("sub/small", 80, "mp4"), sound, texts]
    source = Source(uri=f"oss://{films}/rich.mp4", subtitles=[Subtitles(uri=f"oss://{films}/eng.srt", language="eng")])
    good(convert([source], groups=[Group(uri=f"oss://{films}/ladder/all", targets=rungs)]))
    lines = object_or_none(client, films, "ladder/all.m3u8").decode().splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["big.m3u8", "sub/small.m3u8"]
    told = [line for line in lines if line.startswith("#EXT-X-STREAM-INF")]
    assert ["RESOLUTION=160x120," in told[0], "RESOLUTION=80x60" in told[1]] == [True, True]
    assert re.search(r"BANDWIDTH=[1-9]\d+,", told[0]) and 'AUDIO="sound",SUBTITLES="texts"' in told[0]
    assert any('LANGUAGE="eng"' in line and 'URI="words_0.m3u8"' in line for line in lines)
    for name in ("big", "sub/small", "sound", "words_0"):
        assert object_or_none(client, films, f"ladder/{name}.m3u8").decode().startswith("#EXTM3U"), name
    assert "first words" in object_or_none(client, films, "ladder/words_0.vtt").decode()

    outside = Rung(container="ts", uri=f"oss://{films}/elsewhere/x", video=transcode(), audio=SILENT)
    with refuses_imm("InvalidTargetGroups", 400):
        convert([source], groups=[Group(uri=f"oss://{films}/ladder/all", targets=[outside])])


def test_what_cannot_come_about_is_refused_by_its_name(imm, films, project):  # noqa: F811
    def ask(sources=None, **target):
        request = models.CreateMediaConvertTaskRequest(
            project_name=project,
            sources=sources or [Source(uri=f"oss://{films}/clip.mp4")],
            targets=[Target(**{"container": "mp4", "uri": f"oss://{films}/never.mp4", **target})],
        )
        imm.create_media_convert_task(request)

    Filter, Mark = models.TargetVideoFilterVideo, models.TargetVideoFilterVideoWatermarks
    blurred = models.TargetVideoFilterVideoDesensitization(face=models.TargetVideoFilterVideoDesensitizationFace(blur_radius=3))
    with refuses_imm("UnsupportedOperation", 400, "Desensitization"):
        ask(video=transcode(filter_video=Filter(desensitization=blurred)))
    with refuses_imm("UnsupportedOperation", 400, "VideoSlim"):
        ask(video=transcode(coded={"video_slim": 1}))
    with refuses_imm("ResourceNotFound", 404):
        ask(video=transcode(filter_video=Filter(watermarks=[Mark(type="file", uri=f"oss://{films}/absent.png")])))
    for says, video in {
        "Content": transcode(filter_video=Filter(watermarks=[Mark(type="file", uri=f"oss://{films}/red.png", content="x")])),
        "Delogos": transcode(filter_video=Filter(delogos=[models.TargetVideoFilterVideoDelogos(dx=1)])),
        "Stream": transcode(stream=[-1]),
        "BFrames": models.TargetVideo(transcode_video=models.TargetVideoTranscodeVideo(codec="vp9", bframes=2)),
    }.items():
        with refuses_imm("InvalidTargets", 400, says):
            ask(video=video)
    with refuses_imm("InvalidTargets", 400, "BitsPerSample"):
        ask(audio=models.TargetAudio(transcode_audio=models.TargetAudioTranscodeAudio(codec="aac", bits_per_sample=16)))
    for says, source in {
        "Attached": Source(uri=f"oss://{films}/clip.mp4", attached=True),
        "Language": Source(uri=f"oss://{films}/clip.mp4", subtitles=[Subtitles(uri=f"oss://{films}/eng.srt", language="English")]),
    }.items():
        with refuses_imm("InvalidSources", 400, says):
            ask([source])
    with refuses_imm("UnsupportedOperation", 400, "Attached"):
        ask([Source(uri=f"oss://{films}/{name}", attached=index == 2) for index, name in enumerate(("clip.mp4", "rich.mp4", "song.wav"))])
