"""SelectObject and CreateSelectObjectMeta, through oss2 and through the V2 client."""

# proves oss: SelectObject, SelectJsonObject, CreateSelectObjectMeta, CreateSelectJsonObjectMeta

import base64
import gzip
import hashlib
import json
import struct
import zlib
from itertools import repeat

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import refuses, refuses_old
from raw_http import send, signed_v1

PEOPLE = (
    "name,school,company,age\r\nLora Francis,School A,Staples Inc,27\r\n"
    'Eleanor Little,School B,"Conectiv, Inc",43\r\nRosie Hughes,School C,Western Gas Resources Inc,44\r\n'
    "Lawrence Ross,School D,MetLife Inc.,24"
)
SENATE = {
    "meta": {"count": 3},
    "objects": [
        {"party": "Blue", "person": {"first": "Ann", "born": "1959-01-02", "id": 57884}, "terms": [113, 114]},
        {"party": "Red", "person": {"first": "Bob", "born": "1962-02-11", "id": 400013}, "terms": []},
        {"party": "Blue", "person": {"first": "Cleo", "born": "1959-12-31", "id": 9007199254740993}, "terms": [115]},
    ],
}
LINES = "".join(json.dumps(entry) + "\n" for entry in SENATE["objects"])


def b64(text):
    return base64.b64encode(text.encode()).decode()


def rows(bucket, key, sql, **params):
    return bucket.select_object(key, sql, select_params=params or None).read().decode()


def values(bucket, key, sql, **params):
    params.setdefault("Json_Type", "LINES")
    return [json.loads(line) for line in rows(bucket, key, sql, **params).splitlines()]


def test_a_csv_object_by_its_columns_and_names(old_bucket):
    old_bucket.put_object("people.csv", PEOPLE)
    result = old_bucket.select_object("people.csv", "select _1, _4 from ossobject limit 2")
    assert result.status == 206 and result.read() == b"name,age\nLora Francis,27\n"
    assert rows(old_bucket, "people.csv", "select Name from ossobject where age > 40", CsvHeaderInfo="Use") == (
        "Eleanor Little\nRosie Hughes\n"
    )
    assert rows(old_bucket, "people.csv", "select * from ossobject where _3 like '%, Inc'", CsvHeaderInfo="Ignore") == (
        'Eleanor Little,School B,"Conectiv, Inc",43\n'
    )
    assert rows(
        old_bucket,
        "people.csv",
        "select avg(cast(age as int)), max(cast(age as int)), min(cast(age as double)), count(*) from ossobject",
        CsvHeaderInfo="Use",
    ) == ("34.5,44,24,4\n")
    assert rows(
        old_bucket,
        "people.csv",
        "select name from ossobject s where (s.school || s.age) = 'School A27' or age between 44 and 50",
        CsvHeaderInfo="Use",
        OutputHeader=True,
        EnablePayloadCrc=True,
    ) == ("name\nLora Francis\nRosie Hughes\n")


def test_delimiters_quotes_and_comments(server, bucket):
    from conftest import bucket_for

    old = bucket_for(server, bucket)
    old.put_object("odd", "#c'\r\na|'b''|\r\nx'|d\r\n")
    params = {"RecordDelimiter": "\r\n", "FieldDelimiter": "|", "QuoteCharacter": "'", "CommentCharacter": "#"}
    assert rows(old, "odd", "select _2, _3 from ossobject", **params) == "\"b'|\r\nx\",d\n"
    output = {"OutputRecordDelimiter": "\r\n", "OutputFieldDelimiter": ";"}
    assert rows(old, "odd", "select _1, _3 from ossobject", **params, **output) == "a;d\r\n"
    old.put_object("plain", "abc,def\n")
    assert rows(old, "plain", "select _1 from ossobject", KeepAllColumns=True) == "abc,\n"
    raw = old.select_object("plain", "select _1 from ossobject", select_params={"OutputRawData": True})
    assert raw.headers["x-oss-select-output-raw"] == "true" and raw.read() == b"abc\n"
    old.put_object("plain.gz", gzip.compress(b"abc,def\n") + gzip.compress(b"ghi,jkl\n"))
    assert rows(old, "plain.gz", "select _2 from ossobject", CompressionType="GZIP") == "def\njkl\n"


def test_json_lines_and_documents(old_bucket):
    old_bucket.put_object("senate.json", json.dumps(SENATE, indent=2))
    old_bucket.put_object("senate.lines", LINES)
    blue = [entry for entry in SENATE["objects"] if entry["party"] == "Blue"]
    document = {"Json_Type": "DOCUMENT"}
    assert values(old_bucket, "senate.json", "select * from ossobject.objects[*] where party = 'Blue'", **document) == blue
    assert values(old_bucket, "senate.lines", "select * from ossobject where party = 'Blue'") == blue
    sql = "select s.person.first, s.terms[0] as term, s.missing from ossobject s where s.person.born like '1959%'"
    assert values(old_bucket, "senate.lines", sql) == [{"first": "Ann", "term": 113}, {"first": "Cleo", "term": 115}]
    sql = "select max(cast(person.id as int)), count(*) from ossobject.objects[*]"
    assert values(old_bucket, "senate.json", sql, **document) == [{"_1": 9007199254740993, "_2": 3}]
    assert values(old_bucket, "senate.json", "select count from ossobject.meta", **document) == [{"count": 3}]
    assert rows(
        old_bucket, "senate.lines", "select party from ossobject limit 2", Json_Type="LINES", OutputRecordDelimiter=","
    ) == ('{"party":"Blue"},{"party":"Red"},')
    old_bucket.put_object("number", '{"a":123456789.123456789}')
    sql = "select a from ossobject where a like '%789.123%'"
    assert rows(old_bucket, "number", sql, ParseJsonNumberAsString=True, **document) == '{"a":123456789.123456789}\n'


def test_the_position_reaches_the_end_of_the_object(old_bucket):
    old_bucket.put_object("people.csv", PEOPLE)
    told = []
    result = old_bucket.select_object("people.csv", "select * from ossobject", lambda position, _: told.append(position))
    assert result.read().count(b"\n") == 5 and told[-1] == len(PEOPLE)


def test_counts_and_ranges_of_rows(old_bucket):
    old_bucket.put_object("people.csv", PEOPLE)
    old_bucket.put_object("senate.lines", LINES)
    counted = old_bucket.create_select_object_meta("people.csv", {"OverwriteIfExists": True})
    assert (counted.status, counted.rows, counted.splits, counted.select_resp.columns) == (200, 5, 1, 4)
    counted = old_bucket.create_select_object_meta("senate.lines", {"Json_Type": "LINES"})
    assert (counted.rows, counted.splits) == (3, 1)
    sql = "select name from ossobject"
    assert rows(old_bucket, "people.csv", sql, CsvHeaderInfo="Use", LineRange=(0, 2)) == "Lora Francis\nEleanor Little\n"
    assert rows(old_bucket, "people.csv", sql, CsvHeaderInfo="Use", LineRange=(3, None)) == "Rosie Hughes\nLawrence Ross\n"
    assert rows(old_bucket, "people.csv", sql, CsvHeaderInfo="Use", SplitRange=(0, None)).count("\n") == 4
    assert rows(old_bucket, "people.csv", sql, CsvHeaderInfo="Use", SplitRange=(1, 5)) == ""
    assert len(values(old_bucket, "senate.lines", "select * from ossobject", LineRange=(1, 1))) == 1
    old_bucket.put_object("short", "test\nabc\nxyz\n")
    for byte_range, expected in (((0, 1), b"test\n"), ((1, 5), b"abc\n"), ((5, 9), b"abc\nxyz\n"), ((6, None), b"xyz\n")):
        chosen = old_bucket.select_object(
            "short", "select * from ossobject", None, {"AllowQuotedRecordDelimiter": False}, byte_range=byte_range
        )
        assert chosen.read() == expected, byte_range


def test_splits_are_the_same_for_everybody(old_bucket):
    line = b"x" * 999 + b"\n"
    old_bucket.put_object("long", line * 10_000)
    counted = old_bucket.create_select_object_meta("long")
    assert (counted.rows, counted.splits) == (10_000, 3)
    parts = [rows(old_bucket, "long", "select count(*) from ossobject", SplitRange=(n, n)) for n in range(3)]
    assert sum(int(part) for part in parts) == 10_000 and all(int(part) > 1_000 for part in parts)


def test_rows_that_do_not_fit_are_skipped_or_refused(old_bucket):
    old_bucket.put_object("partial", "abc,def\nefg\n")
    sql = "select _1, _2 from ossobject"
    assert rows(old_bucket, "partial", sql) == "abc,def\nefg,\n"
    assert rows(old_bucket, "partial", sql, SkipPartialDataRecord=True, MaxSkippedRecordsAllowed=1) == "abc,def\n"
    result = old_bucket.select_object("partial", sql, select_params={"SkipPartialDataRecord": True})
    assert next(result) == b"abc,def\n"
    with pytest.raises(oss2.exceptions.SelectOperationFailed) as caught:
        result.read()
    assert caught.value.status == 400 and caught.value.code == b"InvalidSelectData"
    assert b"MaxSkippedRecordsAllowed" in caught.value.message
    old_bucket.put_object("mixed", "1\n2\nthree\n\n4\n")
    assert rows(old_bucket, "mixed", "select sum(cast(_1 as int)) from ossobject", MaxSkippedRecordsAllowed=1) == "7\n"
    assert rows(old_bucket, "mixed", "select _1 from ossobject where _1 >= 2", MaxSkippedRecordsAllowed=1) == "2\n4\n"
    with refuses_old("InvalidSelectData", 400):
        rows(old_bucket, "mixed", "select sum(cast(_1 as int)) from ossobject")


SENSELESS = [
    "",
    "select",
    "drop table ossobject",
    "select * from ossobject; select 1 from ossobject",
    "select * from sqlite_master",
    "select * from '/etc/passwd'",
    "select * from read_csv('/etc/passwd')",
    "select readfile('/etc/passwd') from ossobject",
    "select load_extension('/tmp/x') from ossobject",
    "attach database '/etc/passwd' as x",
    "pragma database_list",
    "copy ossobject to '/tmp/x'",
    "select pg_read_file('/etc/passwd') from ossobject",
    "select * from ossobject where avg(cast(_1 as int)) > 1",
    "select _1 || _2 from ossobject",
    "select * from ossobject group by _1",
    "select * from ossobject order by _1",
    "select * from ossobject a join ossobject b on a._1 = b._1",
    "select _1 from ossobject union select _1 from ossobject",
    "select (select 1) from ossobject",
    "select * from ossobject where _1 in (select 1)",
    "select name from ossobject",
    "select 1e999 from ossobject",
    "select * from ossobject where _1 like '%a%b%c%d%e%f%'",
    "select " + "(" * 5_000 + "1" + ")" * 5_000 + "(" + " from ossobject",
    "select * from ossobject where " + "not " * 2_000 + "true",
    "select 1" + "+1" * 4_000 + " from ossobject",
    "select * from ossobject where _1 = '" + "x" * 17_000 + "'",
    "select _1 from ossobject where _1 in (" + ",".join(repeat("1", 1_025)) + ")",
    "select 'never closed from ossobject where _1 = ''",
    "select \0 from ossobject",
    "\ud83d select",
]


@pytest.mark.parametrize("sql", SENSELESS, ids=range(len(SENSELESS)))
def test_a_statement_that_makes_no_sense_is_refused_before_anything_is_read(client, bucket, sql):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="data", body=b"1,2\n3,4\n"))
    encoded = base64.b64encode(sql.encode("utf-8", "surrogatepass")).decode()
    with refuses("InvalidSqlParameter", 400) as caught:
        select(client, bucket, "data", encoded)
    assert caught.error.ec == ("0016-00000823" if sql == "" else "0016-00000803") and caught.error.message


def select(client, bucket, key, encoded, process="csv/select", **more):
    return client.select_object(
        oss.SelectObjectRequest(
            bucket=bucket, key=key, process=process, select_request=oss.SelectRequest(expression=encoded, **more)
        )
    )


def test_the_v2_client_reads_frames(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="people.csv", body=PEOPLE))
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="senate.lines", body=LINES))
    result = select(
        client,
        bucket,
        "people.csv",
        b64("select name from ossobject where age < 30"),
        input_serialization=oss.InputSerialization(csv=oss.CSVInput(file_header_info="Use")),
        output_serialization=oss.OutputSerialization(output_header=True, enable_payload_crc=True),
    )
    assert result.status_code == 206 and result.body.read() == b"name\nLora Francis\nLawrence Ross\n"
    result = select(
        client,
        bucket,
        "senate.lines",
        b64("select person.first from ossobject"),
        process="json/select",
        input_serialization=oss.InputSerialization(json=oss.JSONInput(type="LINES")),
    )
    assert result.body.read() == b'{"first":"Ann"}\n{"first":"Bob"}\n{"first":"Cleo"}\n'
    counted = client.create_select_object_meta(
        oss.CreateSelectObjectMetaRequest(
            bucket=bucket,
            key="people.csv",
            process="csv/meta",
            select_meta_request=oss.CSVMetaRequest(overwrite_if_exists=True),
        )
    )
    assert (counted.rows_count, counted.cols_count, counted.total_scanned_bytes) == (5, 4, len(PEOPLE))


def test_missing_objects_and_bad_requests_are_refused(client, bucket, server):
    with refuses("NoSuchKey", 404):
        select(client, bucket, "absent", b64("select * from ossobject"))
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="data", body=b"1,2\n"))
    body = "<SelectRequest><Expression>{}</Expression><InputSerialization>{}</InputSerialization>{}</SelectRequest>"
    sql = b64("select * from ossobject")
    cases = [
        ("csv", "%%%", "", "", "InvalidSqlParameter"),
        ("csv", sql, "<CompressionType>LZ4</CompressionType>", "", "InvalidArgument"),
        ("csv", sql, "<CSV><RecordDelimiter>abc</RecordDelimiter></CSV>", "", "InvalidArgument"),
        ("csv", sql, "<CSV><FieldDelimiter>YWI=</FieldDelimiter></CSV>", "", "InvalidArgument"),
        ("csv", sql, "<CSV><FileHeaderInfo>Maybe</FileHeaderInfo></CSV>", "", "InvalidArgument"),
        ("csv", sql, "<CSV><Range>line-range=5-2</Range></CSV>", "", "InvalidArgument"),
        ("csv", sql, "", "<Options><MaxSkippedRecordsAllowed>abc</MaxSkippedRecordsAllowed></Options>", "InvalidArgument"),
        ("json", sql, "<JSON><Type>Unknown</Type></JSON>", "", "InvalidArgument"),
        ("json", sql, "", "", "InvalidArgument"),
        ("json", b64("select * from ossobject.a"), "<JSON><Type>DOCUMENT</Type></JSON>", "", "InvalidSelectData"),
        ("csv", sql, "<CompressionType>GZIP</CompressionType>", "", "InvalidSelectData"),
        ("csv", sql, "<CSV>", "", "MalformedXML"),
    ]
    for kind, expression, serialization, options, code in cases:
        text = body.format(expression, serialization, options).encode()
        resource = f"/{bucket}/data?x-oss-process={kind}/select"
        answer = send(server, "POST", resource, signed_v1(server, "POST", resource), text)
        assert (answer.status, answer.code) == (400, code), (serialization, options, answer.body)
    unsigned = send(server, "POST", f"/{bucket}/data?x-oss-process=csv/select", {}, body.format(sql, "", "").encode())
    assert unsigned.status == 403


def test_every_frame_carries_its_checksum(client, bucket, server):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="data", body=b"a,b\n" * 100_000))
    body = f"<SelectRequest><Expression>{b64('select _2 from ossobject')}</Expression></SelectRequest>".encode()
    resource = f"/{bucket}/data?x-oss-process=csv/select"
    answer = send(server, "POST", resource, signed_v1(server, "POST", resource), body)
    assert answer.status == 206 and answer.headers["Transfer-Encoding"] == "chunked"
    digest, at, kinds = hashlib.sha256(), 0, []
    while at < len(answer.body):
        kind, length, checksum = struct.unpack(">III", answer.body[at : at + 12])
        payload = answer.body[at + 12 : at + 12 + length]
        (crc,) = struct.unpack(">I", answer.body[at + 12 + length : at + 16 + length])
        assert checksum == 0 and crc == zlib.crc32(payload)
        kinds.append(kind)
        if kind == 0x01000000 + 8388609:
            digest.update(payload[8:])
        at += 16 + length
    assert digest.digest() == hashlib.sha256(b"b\n" * 100_000).digest()
    assert kinds[-1] == 0x01000000 + 8388613 and len(kinds) > 2
    assert payload == struct.pack(">QQI", 400_000, 400_000, 206)


def test_a_version_and_what_a_link_points_at_can_be_asked_too(client, versioned):
    first = client.put_object(oss.PutObjectRequest(bucket=versioned, key="data", body=b"old\n"))
    client.put_object(oss.PutObjectRequest(bucket=versioned, key="data", body=b"new\n"))
    client.put_symlink(oss.PutSymlinkRequest(bucket=versioned, key="link", symlink_target="data"))
    sql = b64("select * from ossobject")
    assert select(client, versioned, "link", sql).body.read() == b"new\n"
    client.put_object(oss.PutObjectRequest(bucket=versioned, key="cold", body=b"1\n", storage_class="Archive"))
    with refuses("InvalidObjectState", 403):
        select(client, versioned, "cold", sql)
    request = oss.SelectObjectRequest(
        bucket=versioned, key="data", process="csv/select", select_request=oss.SelectRequest(expression=sql)
    )
    request.parameters = {"versionId": first.version_id}
    assert client.select_object(request).body.read() == b"old\n"
