"""Datasets of IMM: files are looked into, found by what is known of them, counted, and bound by bucket."""

# proves imm: CreateDataset, GetDataset, UpdateDataset, ListDatasets, DeleteDataset
# proves imm: CreateBinding, GetBinding, ListBindings, DeleteBinding
# proves imm: IndexFileMeta, BatchIndexFileMeta, GetFileMeta, BatchGetFileMeta, UpdateFileMeta, BatchUpdateFileMeta
# proves imm: DeleteFileMeta, BatchDeleteFileMeta, SimpleQuery, FuzzyQuery

import json

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_imm20200930 import models
from conftest import until
from imm_client import imm, project, refuses_imm  # noqa: F401
from media_tasks import media, told  # noqa: F401
from ram_client import Somebody, allow, call, refuses_rpc


@pytest.fixture
def dataset(imm, project):  # noqa: F811
    imm.create_dataset(models.CreateDatasetRequest(project_name=project, dataset_name="files"))
    yield "files"
    for binding in imm.list_bindings(models.ListBindingsRequest(project_name=project, dataset_name="files")).body.bindings:
        imm.delete_binding(models.DeleteBindingRequest(project_name=project, dataset_name="files", uri=binding.uri))
    while known := query(imm, project).files:
        uris = [one.uri for one in known]
        imm.batch_delete_file_meta(models.BatchDeleteFileMetaRequest(project_name=project, dataset_name="files", uris=uris))
    imm.delete_dataset(models.DeleteDatasetRequest(project_name=project, dataset_name="files"))


def put(client, bucket, key, body=b"x", **more):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=body, **more))


def query(imm, project, tree=None, **more):
    request = models.SimpleQueryRequest(project_name=project, dataset_name="files", query=tree, **more)
    return imm.simple_query(request).body


def is_(field, operation, value=None):
    return models.SimpleQuery(field=field, operation=operation, value=value)


def both(operation, *queries):
    return models.SimpleQuery(operation=operation, sub_queries=list(queries))


def keys(found):
    return [one.filename for one in found.files]


@pytest.fixture
def indexed(server, imm, client, media, project, dataset):  # noqa: F811
    with open(server.fixture("photo.jpg"), "rb") as body:
        put(client, media, "photo.jpg", body.read(), tagging="team=blue", metadata={"who": "me"})
    put(client, media, "文本.txt", b"some text", content_type="text/plain")
    put(client, media, "broken.png", b"this is no picture")
    names = ("clip.mp4", "song.wav", "photo.jpg", "文本.txt", "broken.png")
    files = [models.InputFile(uri=f"oss://{media}/{name}", custom_labels={"n": name[:2]}) for name in names]
    imm.batch_index_file_meta(models.BatchIndexFileMetaRequest(project_name=project, dataset_name=dataset, files=files))
    until("all files to be known", lambda: query(imm, project).total_hits == len(names), timeout=60)
    return media


def test_datasets_are_made_changed_listed_and_deleted(imm, project):  # noqa: F811
    ask = {"project_name": project, "dataset_name": "one"}
    made = imm.create_dataset(models.CreateDatasetRequest(**ask, description="试", dataset_max_file_count=2)).body.dataset
    assert (made.dataset_name, made.description, made.dataset_max_file_count, made.dataset_max_bind_count) == ("one", "试", 2, 10)
    with refuses_imm("ResourceAlreadyExists", 409):
        imm.create_dataset(models.CreateDatasetRequest(**ask))
    with refuses_imm("InvalidDatasetName", 400):
        imm.create_dataset(models.CreateDatasetRequest(project_name=project, dataset_name="no name"))
    with refuses_imm("ResourceNotFound", 404):
        imm.create_dataset(models.CreateDatasetRequest(project_name="nobodys", dataset_name="one"))
    changed = imm.update_dataset(models.UpdateDatasetRequest(**ask, template_id="Official:ImageManagement")).body.dataset
    assert (changed.template_id, changed.description, changed.dataset_max_file_count) == ("Official:ImageManagement", "试", 2)
    shown = imm.get_dataset(models.GetDatasetRequest(**ask, with_statistics=True)).body.dataset
    assert (shown.file_count, shown.total_file_size, shown.bind_count) == (0, 0, 0)
    imm.create_dataset(models.CreateDatasetRequest(project_name=project, dataset_name="two"))
    page = imm.list_datasets(models.ListDatasetsRequest(project_name=project, max_results=1)).body
    assert [one.dataset_name for one in page.datasets] == ["one"]
    rest = imm.list_datasets(models.ListDatasetsRequest(project_name=project, next_token=page.next_token)).body
    assert [one.dataset_name for one in rest.datasets] == ["two"] and not rest.next_token
    with refuses_imm("DeleteConflict.Project", 409):
        imm.delete_project(models.DeleteProjectRequest(project_name=project))
    for name in ("one", "two"):
        imm.delete_dataset(models.DeleteDatasetRequest(project_name=project, dataset_name=name))
    for ask_again in (imm.get_dataset, imm.delete_dataset):
        with refuses_imm("ResourceNotFound", 404):
            ask_again(models.GetDatasetRequest(**ask) if ask_again == imm.get_dataset else models.DeleteDatasetRequest(**ask))


def test_a_file_is_looked_into_and_the_topic_told(server, imm, client, media, project, dataset, told):  # noqa: F811
    topic, _ = told
    queue = None
    made = imm.index_file_meta(
        models.IndexFileMetaRequest(
            project_name=project,
            dataset_name=dataset,
            file=models.InputFile(uri=f"oss://{media}/clip.mp4", custom_id="c-1", custom_labels={"k": "v"}, title="Mine"),
            notification=models.Notification(mns=models.MNS(topic_name=topic)),
        )
    ).body
    assert made.event_id and queue is None
    until("the file", lambda: query(imm, project).total_hits == 1, timeout=60)
    ask = models.GetFileMetaRequest(project_name=project, dataset_name=dataset, uri=f"oss://{media}/clip.mp4")
    (known,) = imm.get_file_meta(ask).body.files
    assert (known.media_type, known.filename, known.custom_id, known.custom_labels) == ("video", "clip.mp4", "c-1", {"k": "v"})
    assert (known.video_width, known.video_height, known.title) == (640, 360, "Mine")
    assert known.video_streams[0].codec_name == "h264" and known.audio_streams[0].codec_name == "aac"
    assert known.project_name == project and known.dataset_name == dataset and known.object_type == "file"
    head = client.head_object(oss.HeadObjectRequest(bucket=media, key="clip.mp4"))
    assert (known.size, known.etag, known.ossstorage_class) == (head.content_length, head.etag, "Standard")


def test_what_is_known_is_what_the_files_say(imm, client, indexed, project, dataset):  # noqa: F811
    uris = [f"oss://{indexed}/{name}" for name in ("photo.jpg", "broken.png", "absent")]
    request = models.BatchGetFileMetaRequest(project_name=project, dataset_name=dataset, uris=uris)
    photo, broken = imm.batch_get_file_meta(request).body.files
    assert (photo.media_type, photo.image_width, photo.image_height) == ("image", 2000, 1333)
    assert isinstance(json.loads(photo.exif), dict) and photo.osstagging == {"team": "blue"}
    assert photo.ossuser_meta == {"who": "me"} and photo.osstagging_count == 1
    assert (broken.media_type, broken.image_width, broken.size) == ("image", None, 18)
    shown = imm.get_dataset(models.GetDatasetRequest(project_name=project, dataset_name=dataset, with_statistics=True)).body
    assert shown.dataset.file_count == 5 and shown.dataset.total_file_size > 18


def test_files_are_found_sorted_counted_and_paged(imm, indexed, project):  # noqa: F811
    ask = lambda tree, **more: keys(query(imm, project, tree, sort="Filename", order="asc", **more))  # noqa: E731
    assert ask(is_("MediaType", "eq", "image")) == ["broken.png", "photo.jpg"]
    assert ask(is_("Size", "lt", "100")) == ["broken.png", "文本.txt"]
    assert ask(is_("ImageWidth", "gte", "2000")) == ["photo.jpg"]
    assert ask(is_("ImageWidth", "exist")) == ["photo.jpg"]
    assert ask(is_("Filename", "prefix", "s")) == ["song.wav"]
    assert ask(is_("Filename", "match-phrase", "OTO")) == ["photo.jpg"]
    assert ask(is_("OSSTagging.team", "eq", "blue")) == ["photo.jpg"]
    assert ask(is_("CustomLabels.n", "eq", "文本")) == ["文本.txt"]
    assert ask(both("and", is_("MediaType", "eq", "image"), is_("Size", "lt", "100"))) == ["broken.png"]
    assert ask(both("or", is_("MediaType", "eq", "audio"), is_("MediaType", "eq", "video"))) == ["clip.mp4", "song.wav"]
    assert ask(both("not", is_("MediaType", "eq", "image"))) == ["clip.mp4", "song.wav", "文本.txt"]
    inner = both("and", is_("VideoStreams.CodecName", "eq", "h264"), is_("VideoStreams.Width", "eq", "640"))
    nested = models.SimpleQuery(field="VideoStreams", operation="nested", sub_queries=[inner])
    assert ask(nested) == ["clip.mp4"]
    by_size = query(imm, project, sort="MediaType,Size", order="asc,desc")
    assert [one.media_type for one in by_size.files] == ["audio", "document", "image", "image", "video"]
    assert keys(by_size)[2:4] == ["photo.jpg", "broken.png"]
    seen, token = [], None
    for _ in range(3):
        page = query(imm, project, sort="Filename", order="desc", max_results=2, next_token=token)
        seen, token = seen + keys(page), page.next_token
    assert seen == ["文本.txt", "song.wav", "photo.jpg", "clip.mp4", "broken.png"] and not token
    some = query(imm, project, is_("MediaType", "eq", "audio"), with_fields=["Size"]).files
    assert some[0].size > 0 and some[0].filename is None and some[0].uri
    counts = [("MediaType", "group"), ("Size", "sum"), ("Size", "max"), ("MediaType", "distinct"), ("ImageWidth", "average")]
    asked = [models.SimpleQueryRequestAggregations(field=field, operation=operation) for field, operation in counts]
    found = query(imm, project, aggregations=asked)
    groups, total, largest, kinds, width = found.aggregations
    assert [(one.value, one.count) for one in groups.groups][0] == ("image", 2) and found.files == []
    assert total.value > largest.value > 1000 and kinds.value == 4 and width.value == 2000
    fuzzy = imm.fuzzy_query(models.FuzzyQueryRequest(project_name=project, dataset_name="files", query="photo jpg")).body
    assert keys(fuzzy) == ["photo.jpg"]


def test_what_is_said_of_files_changes_and_goes(imm, indexed, project, dataset):  # noqa: F811
    ask = {"project_name": project, "dataset_name": dataset}
    uri = f"oss://{indexed}/photo.jpg"
    imm.update_file_meta(models.UpdateFileMetaRequest(**ask, file=models.InputFile(uri=uri, custom_id="new")))
    found = query(imm, project, is_("CustomId", "eq", "new")).files
    assert [one.filename for one in found] == ["photo.jpg"] and found[0].custom_labels == {"n": "ph"}
    files = [models.InputFile(uri=uri, custom_labels={"z": "1"}), models.InputFile(uri=f"oss://{indexed}/absent")]
    done = imm.batch_update_file_meta(models.BatchUpdateFileMetaRequest(**ask, files=files)).body.files
    assert [one.success for one in done] == [True, False]
    with refuses_imm("ResourceNotFound", 404):
        imm.update_file_meta(models.UpdateFileMetaRequest(**ask, file=files[1]))
    with refuses_imm("DeleteConflict.Dataset", 409):
        imm.delete_dataset(models.DeleteDatasetRequest(**ask))
    imm.delete_file_meta(models.DeleteFileMetaRequest(**ask, uri=uri))
    with refuses_imm("ResourceNotFound", 404):
        imm.get_file_meta(models.GetFileMetaRequest(**ask, uri=uri))


def test_bad_questions_are_refused(server, imm, media, project, dataset):  # noqa: F811
    ask = {"project_name": project, "dataset_name": dataset}
    for tree in (is_("Size", "about", "3"), both("and"), is_(None, "eq", "x")):
        with refuses_imm("InvalidQuery", 400):
            query(imm, project, tree)
    with refuses_imm("InvalidAggregations", 400):
        query(imm, project, aggregations=[models.SimpleQueryRequestAggregations(field="Size", operation="median")])
    with refuses_imm("InvalidOrder", 400):
        query(imm, project, sort="Size", order="up")
    with refuses_imm("InvalidSort", 400):
        query(imm, project, sort="A,B,C,D,E,F")
    with refuses_imm("InvalidNextToken", 400):
        query(imm, project, next_token="rubbish")
    with refuses_imm("InvalidMaxResults", 400):
        query(imm, project, max_results=101)
    with refuses_imm("ResourceNotFound", 404):
        request = models.IndexFileMetaRequest(**ask, file=models.InputFile(uri=f"oss://{media}/absent"))
        imm.index_file_meta(request)
    user = Somebody(server, allow("imm:*", "*"))
    with refuses_rpc("NoPermission", 403):
        file = json.dumps({"URI": f"oss://{media}/clip.mp4"})
        words = {"ProjectName": project, "DatasetName": dataset, "File": file}
        call(server, "IndexFileMeta", user, product="imm", version="2020-09-30", **words)


def test_a_bound_bucket_brings_what_there_is_and_what_comes(imm, client, bucket, project, dataset):  # noqa: F811
    put(client, bucket, "before.txt", content_type="text/plain")
    ask = {"project_name": project, "dataset_name": dataset, "uri": f"oss://{bucket}"}
    made = imm.create_binding(models.CreateBindingRequest(**ask)).body.binding
    assert (made.uri, made.dataset_name, made.state) == (ask["uri"], dataset, "Running")
    with refuses_imm("ResourceAlreadyExists", 409):
        imm.create_binding(models.CreateBindingRequest(**ask))
    until("what there was", lambda: keys(query(imm, project)) == ["before.txt"], timeout=30)
    put(client, bucket, "after.txt", content_type="text/plain")
    until("what came", lambda: query(imm, project).total_hits == 2, timeout=30)
    shown = imm.get_binding(models.GetBindingRequest(**ask)).body.binding
    assert shown.phase == "IncrementalScanning"
    with refuses_imm("DeleteConflict.Dataset", 409):
        imm.delete_dataset(models.DeleteDatasetRequest(project_name=project, dataset_name=dataset))
    imm.delete_binding(models.DeleteBindingRequest(**ask))
    assert query(imm, project).total_hits == 2, "what it brought stays known"
    with refuses_imm("ResourceNotFound", 404):
        imm.get_binding(models.GetBindingRequest(**ask))
    with refuses_imm("InvalidURI", 400):
        imm.create_binding(models.CreateBindingRequest(**{**ask, "uri": f"oss://{bucket}/prefix/"}))
