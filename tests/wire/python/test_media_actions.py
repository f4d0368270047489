"""The actions on video and sound: each is asked for by its process string, and what comes out is what was asked for."""

# proves oss: AsyncProcessObject

import alibabacloud_oss_v2 as oss
import pytest
from conftest import object_or_none, refuses
from media_tasks import b64, media, probe, submit, succeeded, told  # noqa: F401


def b64url(text):
    return b64(text).replace("+", "-").replace("/", "_").rstrip("=")


def test_joins_videos_and_sound_in_order(client, media, told, tmp_path):
    topic, wait_for = told
    parts = f"/pre,o_{b64url('clip.mp4')},ss_1000,t_1000/sur,o_{b64url('song.wav')},t_2000"
    action = f"video/concat,ss_0,t_2000,f_mp4,vcodec_h264,fps_25,acodec_aac,ar_48000,ac_2,align_1{parts}"
    result = submit(client, media, "clip.mp4", action, "joined.mp4", topic)
    event, content = wait_for(result.task_id)
    succeeded(event, content, result)
    assert [one["URI"] for one in content["Sources"]] == [f"oss://{media}/{key}" for key in ("clip.mp4", "clip.mp4", "song.wav")]
    streams, container = probe(object_or_none(client, media, "joined.mp4"), tmp_path)
    assert abs(float(container["duration"]) - 5) < 0.2
    assert (streams["video"]["width"], streams["video"]["height"]) == (640, 360)
    assert (streams["audio"]["sample_rate"], streams["audio"]["channels"]) == ("48000", 2)

    action = f"audio/concat,f_aac,ac_1,ar_44100,ab_96000,align_1/pre,o_{b64url('song.wav')}/sur,o_{b64url('clip.mp4')},t_500"
    result = submit(client, media, "song.wav", action, "joined.aac", topic)
    succeeded(*wait_for(result.task_id), result)
    streams, container = probe(object_or_none(client, media, "joined.aac"), tmp_path)
    assert set(streams) == {"audio"} and streams["audio"]["sample_rate"] == "44100"
    assert abs(float(container["duration"]) - 6.5) < 0.3


def test_a_missing_operand_fails_the_task_and_is_named(client, media, told):
    topic, wait_for = told
    result = submit(client, media, "song.wav", f"audio/concat,f_mp3/sur,o_{b64url('nowhere.wav')}", "never.mp3", topic)
    _, content = wait_for(result.task_id)
    assert (content["Status"], content["Code"]) == ("Failed", "ResourceNotFound")
    assert "nowhere.wav" in content["Message"]
    assert object_or_none(client, media, "never.mp3") is None


def test_lays_frames_out_on_sheets(client, media, told, tmp_path):
    topic, wait_for = told
    action = "video/sprite,f_jpg,sw_100,sh_50,inter_500,tw_2,th_2,pad_0,margin_0"
    result = submit(client, media, "clip.mp4", action, "sheets/{index}.{autoext}", topic)
    event, content = wait_for(result.task_id)
    succeeded(event, content, result)
    keys = ["sheets/1.jpg", "sheets/2.jpg"]
    assert [one["URI"] for one in content["Targets"][0]["Image"]["Sprites"]] == [f"oss://{media}/{key}" for key in keys]
    streams, _ = probe(object_or_none(client, media, "sheets/2.jpg"), tmp_path)
    assert (streams["video"]["width"], streams["video"]["height"]) == (200, 100)


def test_styles_that_every_bucket_has(client, media, told, tmp_path):
    topic, wait_for = told
    result = submit(client, media, "clip.mp4", "style/h264-mp4-360p", "styled.mp4", topic)
    succeeded(*wait_for(result.task_id), result)
    streams, _ = probe(object_or_none(client, media, "styled.mp4"), tmp_path)
    assert (streams["video"]["codec_name"], streams["video"]["width"], streams["video"]["height"]) == ("h264", 640, 360)
    assert (streams["audio"]["codec_name"], streams["audio"]["sample_rate"]) == ("aac", "44100")


@pytest.mark.parametrize(
    "ending",
    ["/notify,topic_{}", "|sys/notify,topic_{}", "|notify,topic_{}"],
)
def test_every_spelling_of_notify_announces_the_end(client, media, told, ending):
    topic, wait_for = told
    process = f"audio/convert,f_mp3,t_500|sys/saveas,o_{b64('told.mp3')}{ending.format(b64(topic))}"
    result = client.async_process_object(oss.AsyncProcessObjectRequest(bucket=media, key="song.wav", process=process))
    succeeded(*wait_for(result.task_id), result)


def test_notify_without_a_topic_runs_the_task(client, media, told):
    topic, wait_for = told
    process = f"audio/convert,f_mp3,t_500|sys/saveas,o_{b64('untold.mp3')}/notify"
    client.async_process_object(oss.AsyncProcessObjectRequest(bucket=media, key="song.wav", process=process))
    result = submit(client, media, "song.wav", "audio/convert,f_mp3,t_500", "told.mp3", topic)
    succeeded(*wait_for(result.task_id), result)


def test_every_variable_of_a_target_name(client, media, told):
    topic, wait_for = told
    client.copy_object(oss.CopyObjectRequest(bucket=media, key="in/deep/song.one.wav", source_key="song.wav"))
    at = client.head_object(oss.HeadObjectRequest(bucket=media, key="in/deep/song.one.wav")).last_modified
    name = "{{x}}/{bucket}/{key}/{dirname}/{basename}/{barename}/{ext}/{year}{mon}{day}T{hour}{min}{sec}"
    name += "/{t_year}-{t_mon}-{t_day}/{streamindex}-{index}.{autoext}"
    result = submit(client, media, "in/deep/song.one.wav", "audio/convert,f_mp3,t_500", name, topic)
    event, content = wait_for(result.task_id)
    succeeded(event, content, result)
    day = content["StartTime"][:10]
    made = f"{{x}}/{media}/in/deep/song.one.wav/in/deep/song.one.wav/song.one/wav/{at:%Y%m%dT%H%M%S}/{day}/0-1.mp3"
    assert content["Targets"][0]["URI"] == f"oss://{media}/{made}"
    assert object_or_none(client, media, made)


def test_the_source_may_be_the_target(client, media, told, tmp_path):
    topic, wait_for = told
    result = submit(client, media, "song.wav", "audio/convert,f_mp3,t_500", "song.wav", topic)
    succeeded(*wait_for(result.task_id), result)
    streams, _ = probe(object_or_none(client, media, "song.wav"), tmp_path)
    assert streams["audio"]["codec_name"] == "mp3"


def test_what_cannot_be_is_refused_at_once(client, media):
    def refused(key, action):
        process = f"{action}|sys/saveas,o_{b64('x')}"
        with refuses("InvalidArgument", 400):
            client.async_process_object(oss.AsyncProcessObjectRequest(bucket=media, key=key, process=process))

    refused("clip.mp4", "video/convert,f_mp4,ss_-1")
    refused("clip.mp4", "video/convert,f_mp4,t_315360000000")
    refused("clip.mp4", "video/concat,f_mp4,vcodec_copy/sur,o_YQ")
    refused("clip.mp4", "video/concat,f_mp4" + "/sur,o_YQ" * 11)
    refused("clip.mp4", "video/snapshots,f_gif")
    refused("song.wav", "doc/convert,target_pdf")
    refused("clip.mp4", "doc/translate,target_pdf")
