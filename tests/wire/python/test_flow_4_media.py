"""Flow 4: video and audio are converted out of band, each end is told to a topic, no output is seen half-written."""

# proves oss: AsyncProcessObject
# proves mns: Subscribe, ReceiveMessage

import subprocess
import threading

import alibabacloud_oss_v2 as oss
from conftest import fresh_name, object_or_none, until
from media_tasks import media, probe, submit, succeeded, told  # noqa: F401


def test_converts_a_video_to_another_codec_and_size(client, media, told, tmp_path):
    topic, wait_for = told
    action = "video/convert,f_mp4,vcodec_h265,s_320x180,fps_25,acodec_aac,ab_64000,sn_1"
    result = submit(client, media, "clip.mp4", action, "small.mp4", topic)
    assert result.task_id.startswith("MediaConvert-")

    # A reader that looks all the time sees no object, or the whole one.
    seen, done = set(), threading.Event()

    def look():
        while not done.is_set():
            data = object_or_none(client, media, "small.mp4")
            if data is not None:
                seen.add(data)

    reader = threading.Thread(target=look)
    reader.start()
    try:
        event, content = wait_for(result.task_id)
        final = object_or_none(client, media, "small.mp4")
    finally:
        done.set()
        reader.join()
    assert final is not None, "the output must be there before its notification"
    assert seen <= {final}, "an unfinished output was visible"
    succeeded(event, content, result)
    assert content["Sources"][0]["URI"] == f"oss://{media}/clip.mp4"
    assert content["Targets"][0]["URI"] == f"oss://{media}/small.mp4"
    streams, container = probe(final, tmp_path)
    assert streams["video"]["codec_name"] == "hevc"
    assert (streams["video"]["width"], streams["video"]["height"]) == (320, 180)
    assert streams["audio"]["codec_name"] == "aac"
    assert abs(float(container["duration"]) - 4) < 0.3


def test_takes_snapshots_of_a_video(client, media, told, tmp_path):
    topic, wait_for = told
    action = "video/snapshots,f_jpg,w_100,h_100,scaletype_crop,inter_1000"
    result = submit(client, media, "clip.mp4", action, "frames/{index}.{autoext}", topic)
    event, content = wait_for(result.task_id)
    succeeded(event, content, result)
    listed = client.list_objects_v2(oss.ListObjectsV2Request(bucket=media, prefix="frames/")).contents
    assert [found.key for found in listed] == [f"frames/{number}.jpg" for number in range(1, 5)]
    assert [one["URI"] for one in content["Targets"][0]["Image"]["Snapshots"]] == [
        f"oss://{media}/frames/{number}.jpg" for number in range(1, 5)
    ]
    streams, _ = probe(object_or_none(client, media, "frames/3.jpg"), tmp_path)
    assert (streams["video"]["width"], streams["video"]["height"]) == (100, 100)


def test_a_name_without_extension_is_completed(client, media, told):
    topic, wait_for = told
    result = submit(client, media, "clip.mp4", "video/snapshots,f_png,w_64,h_36,num_2,inter_1000", "still", topic)
    succeeded(*wait_for(result.task_id), result)
    listed = client.list_objects_v2(oss.ListObjectsV2Request(bucket=media, prefix="still")).contents
    assert [found.key for found in listed] == ["still_0_1.png", "still_0_2.png"]


def test_makes_an_animated_gif_of_a_video(client, media, told, tmp_path):
    topic, wait_for = told
    result = submit(client, media, "clip.mp4", "video/animation,f_gif,w_100,h_100,inter_500,num_4", "moving.gif", topic)
    event, content = wait_for(result.task_id)
    succeeded(event, content, result)
    data = object_or_none(client, media, "moving.gif")
    assert data[:6] == b"GIF89a" and data[-1:] == b";"
    streams, _ = probe(data, tmp_path)
    assert (streams["video"]["width"], streams["video"]["height"]) == (100, 100)
    frames = subprocess.run(
        [
            "ffprobe",
            "-v",
            "error",
            "-count_frames",
            "-show_entries",
            "stream=nb_read_frames",
            "-of",
            "csv=p=0",
            str(tmp_path / "output"),
        ],
        capture_output=True,
        check=True,
        text=True,
    )
    assert frames.stdout.strip().strip(",") == "4"
    head = client.head_object(oss.HeadObjectRequest(bucket=media, key="moving.gif"))
    assert head.content_type == "image/gif"


def test_converts_a_sound_to_mp3(client, media, told, tmp_path):
    topic, wait_for = told
    result = submit(client, media, "song.wav", "audio/convert,f_mp3,ss_1000,t_1000,ab_96000", "song.mp3", topic)
    succeeded(*wait_for(result.task_id), result)
    streams, container = probe(object_or_none(client, media, "song.mp3"), tmp_path)
    assert set(streams) == {"audio"} and streams["audio"]["codec_name"] == "mp3"
    assert abs(float(container["duration"]) - 1) < 0.15
    assert client.head_object(oss.HeadObjectRequest(bucket=media, key="song.mp3")).content_type == "audio/mpeg"


def test_several_tasks_at_once_all_end_and_all_are_told(client, media, told):
    topic, wait_for = told
    results = [
        submit(client, media, "song.wav", "audio/convert,f_mp3,t_500", f"many/{number}.mp3", topic)
        for number in range(6)
    ]
    assert len({result.task_id for result in results}) == 6
    for result in results:
        succeeded(*wait_for(result.task_id), result)
    listed = client.list_objects_v2(oss.ListObjectsV2Request(bucket=media, prefix="many/")).contents
    assert len(listed) == 6


def test_a_source_that_is_no_video_ends_as_failed_with_a_reason(client, media, told):
    topic, wait_for = told
    client.put_object(oss.PutObjectRequest(bucket=media, key="fake.mp4", body=b"this is text" * 500))
    result = submit(client, media, "fake.mp4", "video/convert,f_mp4,vcodec_h264", "never.mp4", topic)
    _, content = wait_for(result.task_id)
    assert content["Status"] == "Failed" and content["Code"] and content["Message"]
    assert object_or_none(client, media, "never.mp4") is None


def test_an_absent_topic_does_not_harm_the_task(client, media):
    submit(client, media, "song.wav", "audio/convert,f_mp3,t_500", "quiet.mp3", fresh_name("nobody"))
    assert until("quiet.mp3", lambda: object_or_none(client, media, "quiet.mp3"))
