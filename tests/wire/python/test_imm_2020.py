"""IMM of 2020 with its own client, which signs headers (ACS3): projects, attachments, tasks."""

# proves imm: CreateProject, GetProject, UpdateProject, DeleteProject, ListProjects, ListRegions
# proves imm: AttachOSSBucket, DetachOSSBucket, GetOSSBucketAttachment, ListAttachedOSSBuckets
# proves imm: CreateOfficeConversionTask, CreateMediaConvertTask, GetTask, ListTasks, DetectMediaMeta, GenerateVideoPlaylist

import json
import re

import alibabacloud_oss_v2 as oss
from alibabacloud_imm20200930 import models
from conftest import fresh_name, object_or_none
from imm_client import ended, imm, imm_client, project, refuses_imm, task_of  # noqa: F401
from media_tasks import b64, media, probe, told  # noqa: F401


def test_projects_are_made_changed_listed_and_deleted(imm):
    name = fresh_name("Own_").replace("-", "_")
    tag = models.CreateProjectRequestTag(key="team", value=name)
    made = imm.create_project(
        models.CreateProjectRequest(project_name=name, description="试", dataset_max_bind_count=3, tag=[tag])
    ).body.project
    assert (made.project_name, made.description, made.service_role) == (name, "试", "AliyunIMMDefaultRole")
    assert (made.dataset_max_bind_count, made.dataset_max_file_count) == (3, 100_000_000)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\+08:00", made.create_time)
    assert [(one.tag_key, one.tag_value) for one in made.tags] == [("team", name)]
    with refuses_imm("ResourceAlreadyExists", 409):
        imm.create_project(models.CreateProjectRequest(project_name=name))
    changed = imm.update_project(models.UpdateProjectRequest(project_name=name, dataset_max_file_count=5)).body.project
    assert (changed.dataset_max_file_count, changed.dataset_max_bind_count, changed.description) == (5, 3, "试")
    shown = imm.get_project(models.GetProjectRequest(project_name=name, with_statistics=True)).body.project
    assert shown.file_count == 0 and shown.dataset_max_file_count == 5
    wanted = models.ListProjectsRequestTag(key="team", value=name)
    found = imm.list_projects(models.ListProjectsRequest(prefix="Own_", tag=[wanted])).body
    assert [one.project_name for one in found.projects] == [name]
    imm.delete_project(models.DeleteProjectRequest(project_name=name))
    with refuses_imm("ResourceNotFound", 404):
        imm.get_project(models.GetProjectRequest(project_name=name))
    with refuses_imm("InvalidProjectName", 400):
        imm.create_project(models.CreateProjectRequest(project_name="1 is no name"))
    with refuses_imm("InvalidMaxResults", 400):
        imm.list_projects(models.ListProjectsRequest(max_results=201))
    with refuses_imm("MissingProjectName", 400):
        imm.create_project(models.CreateProjectRequest())
    assert imm.list_regions(models.ListRegionsRequest(accept_language="en-US")).body.regions


def test_a_bucket_belongs_to_one_project(imm, client, project, bucket):
    imm.attach_ossbucket(models.AttachOSSBucketRequest(project_name=project, ossbucket=bucket, description="films"))
    with refuses_imm("ResourceAlreadyExists", 409):
        imm.attach_ossbucket(models.AttachOSSBucketRequest(project_name=project, ossbucket=bucket))
    shown = imm.get_ossbucket_attachment(models.GetOSSBucketAttachmentRequest(ossbucket=bucket)).body
    assert (shown.project_name, shown.description) == (project, "films")
    listed = imm.list_attached_ossbuckets(models.ListAttachedOSSBucketsRequest(project_name=project)).body
    assert [one.ossbucket for one in listed.attached_ossbuckets] == [bucket]
    with refuses_imm("DeleteConflict.Project", 409):
        imm.delete_project(models.DeleteProjectRequest(project_name=project))
    # What is asked through OSS belongs to the project of the bucket.
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a.txt", body=b"text"))
    process = f"doc/convert,target_pdf|sys/saveas,o_{b64('a.pdf')}"
    made = client.async_process_object(oss.AsyncProcessObjectRequest(bucket=bucket, key="a.txt", process=process))
    assert ended(imm, project, made.task_id, "OfficeConversion").status == "Succeeded"
    imm.detach_ossbucket(models.DetachOSSBucketRequest(ossbucket=bucket))
    with refuses_imm("ResourceNotFound", 404):
        imm.get_ossbucket_attachment(models.GetOSSBucketAttachmentRequest(ossbucket=bucket))
    with refuses_imm("ResourceNotFound", 404):
        imm.detach_ossbucket(models.DetachOSSBucketRequest(ossbucket=bucket))
    with refuses_imm("ResourceNotFound", 404):
        imm.attach_ossbucket(models.AttachOSSBucketRequest(project_name=project, ossbucket="bucket-of-nobody"))


def test_a_document_is_converted_and_its_topic_told(server, imm, client, bucket, project, told):  # noqa: F811
    topic, wait_for = told
    with open(server.fixture("report.docx"), "rb") as body:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="in/report.docx", body=body))
    made = imm.create_office_conversion_task(
        models.CreateOfficeConversionTaskRequest(
            project_name=project,
            source_uri=f"oss://{bucket}/in/report.docx",
            target_type="png",
            target_uri=f"oss://{bucket}/out/{{barename}}-{{index}}.{{autoext}}",
            pages="1,3-4",
            image_dpi=144,
            notification=models.Notification(mns=models.MNS(topic_name=topic)),
            user_data="mine",
            tags={"kind": "report"},
        )
    ).body
    event, content = wait_for(made.task_id)
    assert event["type"] == "imm:Task:OfficeConversion" and content["UserData"] == "mine"
    assert (content["ProjectName"], content["Status"], content["PageCount"]) == (project, "Succeeded", 3)
    assert content["RequestId"] == made.request_id
    task = ended(imm, project, made.task_id, "OfficeConversion")
    assert (task.status, task.user_data, task.tags, task.project_name) == ("Succeeded", "mine", {"kind": "report"}, project)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", task.start_time)
    assert json.loads(task.task_request_definition)["Pages"] == "1,3-4"
    keys = [one.key for one in client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket, prefix="out/")).contents]
    assert keys == [f"out/report-{page}.png" for page in (1, 3, 4)]
    picture = object_or_none(client, bucket, keys[0])
    assert int.from_bytes(picture[16:20], "big") > 1100, "at 144 dpi a page is wider than at 96"

    text = imm.create_office_conversion_task(
        models.CreateOfficeConversionTaskRequest(
            project_name=project,
            source_uri=f"oss://{bucket}/in/report.docx",
            target_type="txt",
            target_uriprefix=f"oss://{bucket}/text/",
            long_text=True,
        )
    ).body
    assert ended(imm, project, text.task_id, "OfficeConversion").status == "Succeeded"
    with refuses_imm("ResourceNotFound", 404):
        task_of(imm, project, text.task_id, "MediaConvert")
    with refuses_imm("ResourceNotFound", 404):
        task_of(imm, project, "formatconvert-nobody", "OfficeConversion")

    ask = models.ListTasksRequest(project_name=project, max_results=1, sort="StartTime", order="asc")
    page = imm.list_tasks(ask).body
    assert [one.task_id for one in page.tasks] == [made.task_id] and page.next_token
    ask.next_token = page.next_token
    assert [one.task_id for one in imm.list_tasks(ask).body.tasks] == [text.task_id]
    tagged = imm.list_tasks(models.ListTasksRequest(project_name=project, tag_selector="kind=report")).body
    assert [one.task_id for one in tagged.tasks] == [made.task_id]
    none = imm.list_tasks(models.ListTasksRequest(project_name=project, task_types=["MediaConvert"])).body
    assert none.tasks == [] and none.max_results == "100"
    past = models.TimeRange(start="2001-01-01T00:00:00Z", end="2001-01-02T00:00:00Z")
    assert imm.list_tasks(models.ListTasksRequest(project_name=project, start_time_range=past)).body.tasks == []
    for order in ("asc", "desc"):
        found = imm.list_tasks(models.ListTasksRequest(project_name=project, sort="TaskId", order=order)).body.tasks
        assert [one.task_id for one in found] == sorted((one.task_id for one in found), reverse=order == "desc")


def test_a_film_gives_several_outputs_in_one_task(imm, client, media, project, tmp_path):  # noqa: F811
    target = models.CreateMediaConvertTaskRequestTargets(
        container="mp4",
        uri=f"oss://{media}/small",
        video=models.TargetVideo(
            transcode_video=models.TargetVideoTranscodeVideo(
                codec="h264", resolution="320x", resolution_option="adaptive", scale_type="fit", crf=30
            )
        ),
        audio=models.TargetAudio(transcode_audio=models.TargetAudioTranscodeAudio(codec="aac", bitrate=64000)),
        image=models.TargetImage(
            snapshots=[
                models.TargetImageSnapshots(
                    uri=f"oss://{media}/frame-{{index}}.jpg", format="jpg", interval=1, number=2, width=160
                )
            ]
        ),
    )
    made = imm.create_media_convert_task(
        models.CreateMediaConvertTaskRequest(
            project_name=project,
            sources=[models.CreateMediaConvertTaskRequestSources(uri=f"oss://{media}/clip.mp4", duration=2)],
            targets=[target],
        )
    ).body
    task = ended(imm, project, made.task_id, "MediaConvert")
    assert task.status == "Succeeded", task
    streams, form = probe(object_or_none(client, media, "small.mp4"), tmp_path)
    assert (streams["video"]["width"], streams["video"]["codec_name"]) == (320, "h264")
    assert streams["audio"]["codec_name"] == "aac" and 1.8 < float(form["duration"]) < 2.3
    assert object_or_none(client, media, "frame-1.jpg")[:2] == b"\xff\xd8"
    assert object_or_none(client, media, "frame-2.jpg")[:2] == b"\xff\xd8"

    meta = imm.detect_media_meta(
        models.DetectMediaMetaRequest(project_name=project, source_uri=f"oss://{media}/clip.mp4")
    ).body
    assert (meta.video_width, meta.video_height) == (640, 360) and meta.video_streams[0].codec_name == "h264"


def test_a_film_is_cut_turned_slowed_and_written_on(imm, client, media, project, tmp_path):  # noqa: F811
    def convert(uri, container="mp4", rotation=None, marks=None, codec="h264", **more):
        coded = models.TargetVideoTranscodeVideo(codec=codec, rotation=rotation)
        filters = models.TargetVideoFilterVideo(watermarks=marks) if marks else None
        video = models.TargetVideo(transcode_video=coded, filter_video=filters)
        audio = models.TargetAudio(transcode_audio=models.TargetAudioTranscodeAudio(codec="aac"))
        target = models.CreateMediaConvertTaskRequestTargets(
            container=container, uri=f"oss://{media}/{uri}", video=video, audio=audio, **more
        )
        source = models.CreateMediaConvertTaskRequestSources(uri=f"oss://{media}/clip.mp4", duration=3)
        ask = models.CreateMediaConvertTaskRequest(project_name=project, sources=[source], targets=[target])
        return ended(imm, project, imm.create_media_convert_task(ask).body.task_id, "MediaConvert")

    segment = models.CreateMediaConvertTaskRequestTargetsSegment(format="hls", duration=1, start_number=5)
    task = convert("hls/film", "ts", segment=segment)
    assert task.status == "Succeeded", task.message
    lines = object_or_none(client, media, "hls/film.m3u8").decode().splitlines()
    names = [line for line in lines if line and not line.startswith("#")]
    assert names[0] == "film-5.ts" and len(names) == 3 and lines[-1] == "#EXT-X-ENDLIST"
    streams, _ = probe(object_or_none(client, media, "hls/film-6.ts"), tmp_path)
    assert streams["video"]["codec_name"] == "h264" and streams["audio"]["codec_name"] == "aac"

    mark = models.TargetVideoFilterVideoWatermarks(
        type="text", content="水印: 'it%{x}' \\ mark", font_size=40, font_color="#ff0000", dx=0.1, dy=10, refer_pos="bottomright", duration=2
    )
    task = convert("turned.mp4", rotation=90, marks=[mark], speed=0.5)
    assert task.status == "Succeeded", task.message
    streams, form = probe(object_or_none(client, media, "turned.mp4"), tmp_path)
    assert (streams["video"]["width"], streams["video"]["height"]) == (360, 640)
    assert 5.7 < float(form["duration"]) < 6.4
    task = convert("copied.mp4", codec="copy", rotation=90)
    assert (task.status, task.code) == ("Failed", "InvalidArgument"), task
    unknown = models.TargetVideoFilterVideoWatermarks(type="text", content="x", font_name="Comic")
    for more in ({"speed": 2}, {"rotation": 45}, {"container": "mkv", "segment": segment}, {"marks": [unknown]}):
        with refuses_imm("InvalidTargets", 400):
            convert("x", **more)


def test_several_sources_become_one_film(imm, client, media, project, tmp_path):  # noqa: F811
    first = models.CreateMediaConvertTaskRequestSources(uri=f"oss://{media}/clip.mp4", duration=1)
    again = models.CreateMediaConvertTaskRequestSources(uri=f"oss://{media}/clip.mp4", start_time=1, duration=2)
    video = models.TargetVideo(transcode_video=models.TargetVideoTranscodeVideo(codec="h264", resolution="320x180"))
    target = models.CreateMediaConvertTaskRequestTargets(container="mp4", uri=f"oss://{media}/joined.mp4", video=video)
    ask = {"project_name": project, "targets": [target]}
    made = imm.create_media_convert_task(models.CreateMediaConvertTaskRequest(**ask, sources=[first, again])).body
    task = ended(imm, project, made.task_id, "MediaConvert")
    assert task.status == "Succeeded", task.message
    streams, form = probe(object_or_none(client, media, "joined.mp4"), tmp_path)
    assert streams["video"]["width"] == 320 and 2.8 < float(form["duration"]) < 3.3
    absent = models.CreateMediaConvertTaskRequestSources(uri=f"oss://{media}/absent.mp4")
    with refuses_imm("ResourceNotFound", 404):
        imm.create_media_convert_task(models.CreateMediaConvertTaskRequest(**ask, sources=[first, absent]))


def playlist(imm, project, media, targets, **more):  # noqa: F811
    request = models.GenerateVideoPlaylistRequest(
        project_name=project, source_uri=f"oss://{media}/clip.mp4", targets=targets, **more
    )
    return imm.generate_video_playlist(request).body


def playlist_target(media, name, **more):  # noqa: F811
    video = models.TargetVideo(transcode_video=models.TargetVideoTranscodeVideo(codec="h264", resolution="320x180", bitrate=200000))
    return models.GenerateVideoPlaylistRequestTargets(uri=f"oss://{media}/live/{name}", video=video, duration=5, **more)


def test_a_playlist_is_made_whose_segments_come_when_they_are_asked_for(imm, client, media, project, tmp_path):  # noqa: F811
    made = playlist(imm, project, media, [playlist_target(media, "small", initial_transcode=0)])
    (one,) = made.video_playlist
    assert (one.uri, one.resolution, one.frame_rate) == (f"oss://{media}/live/small.m3u8", "320x180", "25/1")
    assert one.token and made.token == one.token and 3.9 < made.duration < 4.2
    text = object_or_none(client, media, "live/small.m3u8").decode()
    assert f"small-{one.token}-0.ts" in text
    assert object_or_none(client, media, f"live/small-{one.token}-0.ts") is None, "nobody has asked for it yet"

    several = [playlist_target(media, "a", initial_transcode=-1), playlist_target(media, "b", initial_transcode=0)]
    with refuses_imm("MissingMasterURI", 400):
        playlist(imm, project, media, several)
    with refuses_imm("InvalidTargets", 400):
        playlist(imm, project, media, several, master_uri=f"oss://{media}/elsewhere/master.m3u8")
    with refuses_imm("InvalidTargets", 400):
        playlist(imm, project, media, [models.GenerateVideoPlaylistRequestTargets(uri=f"oss://{media}/x", duration=20)])
    with refuses_imm("InvalidOverwritePolicy", 400):
        playlist(imm, project, media, several[:1], overwrite_policy="skip-existing")
    made = playlist(imm, project, media, several, master_uri=f"oss://{media}/live/master.m3u8")
    assert made.master_uri == f"oss://{media}/live/master.m3u8" and len(made.video_playlist) == 2
    master = object_or_none(client, media, "live/master.m3u8").decode().splitlines()
    assert master[0] == "#EXTM3U" and [line for line in master if not line.startswith("#")] == ["a.m3u8", "b.m3u8"]
    assert "RESOLUTION=320x180" in master[2]
    streams, _ = probe(object_or_none(client, media, f"live/a-{made.video_playlist[0].token}-0.ts"), tmp_path)
    assert (streams["video"]["width"], streams["video"]["codec_name"]) == (320, "h264")


def test_bad_requests_are_refused_before_anything_is_queued(imm, media, project):  # noqa: F811
    def convert(target, uri=None):
        sources = [models.CreateMediaConvertTaskRequestSources(uri=uri or f"oss://{media}/clip.mp4")]
        request = models.CreateMediaConvertTaskRequest(project_name=project, sources=sources, targets=[target])
        imm.create_media_convert_task(request)

    with refuses_imm("InvalidTargets", 400):
        convert(models.CreateMediaConvertTaskRequestTargets(container="mp4"))
    with refuses_imm("InvalidArgument", 400):
        convert(models.CreateMediaConvertTaskRequestTargets(container="doc", uri=f"oss://{media}/x"))
    with refuses_imm("ResourceNotFound", 404):
        convert(models.CreateMediaConvertTaskRequestTargets(container="mp4", uri=f"oss://{media}/x"), uri=f"oss://{media}/absent.mp4")
    with refuses_imm("InvalidTargets", 400):
        dash = models.CreateMediaConvertTaskRequestTargetsSegment(format="dash", duration=5)
        convert(models.CreateMediaConvertTaskRequestTargets(container="ts", uri=f"oss://{media}/x", segment=dash))
    with refuses_imm("UnsupportedOperation", 400):
        imm.detect_image_faces(models.DetectImageFacesRequest(project_name=project, source_uri=f"oss://{media}/a.jpg"))
    with refuses_imm("NotImplemented", 501):
        imm.generate_weboffice_token(models.GenerateWebofficeTokenRequest(project_name=project, source_uri=f"oss://{media}/a.docx"))
    assert imm.list_tasks(models.ListTasksRequest(project_name=project)).body.tasks == []


def test_a_wrong_secret_is_refused(server):
    with refuses_imm("SignatureDoesNotMatch", 400):
        imm_client(server, secret="wrong").list_projects(models.ListProjectsRequest())
    with refuses_imm("InvalidAccessKeyId.NotFound", 404):
        imm_client(server, key="nobody").list_projects(models.ListProjectsRequest())
