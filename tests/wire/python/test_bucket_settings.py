"""Settings that are one short document, and what GetBucketInfo and ListBuckets tell of them."""

# proves oss: PutBucketAccessMonitor, GetBucketAccessMonitor, PutBucketArchiveDirectRead
# proves oss: GetBucketArchiveDirectRead, PutBucketHttpsConfig, GetBucketHttpsConfig, PutBucketRequestPayment
# proves oss: GetBucketRequestPayment, PutBucketResourceGroup, GetBucketResourceGroup, PutBucketTags
# proves oss: GetBucketTags, DeleteBucketTags, PutBucketTransferAcceleration, GetBucketTransferAcceleration
# proves oss: DescribeRegions, ListLiveChannel

import time

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import bucket_for, empty_and_delete, fresh_name, refuses, until
from raw_http import send, signed_v1


def info_of(client, bucket):
    return client.get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket)).bucket_info


def put_document(server, bucket, resource, document):
    """A document that no client would send."""
    # The one resource that no client signs.
    signed = "" if resource == "accessmonitor" else f"?{resource}"
    headers = signed_v1(server, "PUT", f"/{bucket}/{signed}")
    return send(server, "PUT", f"/{bucket}/?{resource}", headers, document.encode())


def test_transfer_acceleration_is_missing_until_it_is_set(client, bucket):
    with refuses("NoSuchTransferAccelerationConfiguration", 404):
        client.get_bucket_transfer_acceleration(oss.GetBucketTransferAccelerationRequest(bucket=bucket))
    assert info_of(client, bucket).transfer_acceleration == "Disabled"
    for enabled in (True, False):
        configuration = oss.TransferAccelerationConfiguration(enabled=enabled)
        client.put_bucket_transfer_acceleration(
            oss.PutBucketTransferAccelerationRequest(bucket=bucket, transfer_acceleration_configuration=configuration)
        )
        got = client.get_bucket_transfer_acceleration(oss.GetBucketTransferAccelerationRequest(bucket=bucket))
        assert got.transfer_acceleration_configuration.enabled is enabled
        assert info_of(client, bucket).transfer_acceleration == ("Enabled" if enabled else "Disabled")


def test_access_monitor_is_disabled_until_it_is_enabled(client, bucket):
    get = oss.GetBucketAccessMonitorRequest(bucket=bucket)
    assert client.get_bucket_access_monitor(get).access_monitor_configuration.status == "Disabled"
    client.put_bucket_access_monitor(
        oss.PutBucketAccessMonitorRequest(
            bucket=bucket, access_monitor_configuration=oss.AccessMonitorConfiguration(status="Enabled")
        )
    )
    assert client.get_bucket_access_monitor(get).access_monitor_configuration.status == "Enabled"
    assert info_of(client, bucket).access_monitor == "Enabled"


def test_tracked_objects_tell_when_they_were_read(client, bucket):
    def monitor(status):
        configuration = oss.AccessMonitorConfiguration(status=status)
        client.put_bucket_access_monitor(
            oss.PutBucketAccessMonitorRequest(bucket=bucket, access_monitor_configuration=configuration)
        )

    def rules(*transitions):
        rule = oss.LifecycleRule(prefix="", status="Enabled", transitions=list(transitions))
        configuration = oss.LifecycleConfiguration(rules=[rule])
        client.put_bucket_lifecycle(oss.PutBucketLifecycleRequest(bucket=bucket, lifecycle_configuration=configuration))

    def meta():
        return client.get_object_meta(oss.GetObjectMetaRequest(bucket=bucket, key="a"))

    cold = oss.LifecycleRuleTransition(days=30, storage_class="IA", is_access_time=True, return_to_std_when_visit=True)
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"x"))
    assert meta().last_access_time is None
    with refuses("InvalidRequest", 400):
        rules(cold)
    monitor("Enabled")
    since = meta().last_access_time
    assert since >= meta().last_modified
    rules(cold)
    [kept] = client.get_bucket_lifecycle(oss.GetBucketLifecycleRequest(bucket=bucket)).lifecycle_configuration.rules
    assert (kept.transitions[0].is_access_time, kept.transitions[0].return_to_std_when_visit) == (True, True)
    assert kept.atime_base == int(since.timestamp())
    with refuses("InvalidRequest", 400):
        monitor("Disabled")
    time.sleep(1.1)
    client.get_object(oss.GetObjectRequest(bucket=bucket, key="a")).body.read()
    until("the read to be noted", lambda: meta().last_access_time > since)
    client.delete_bucket_lifecycle(oss.DeleteBucketLifecycleRequest(bucket=bucket))
    monitor("Disabled")
    assert meta().last_access_time is None


def test_archive_direct_read_is_kept(client, bucket):
    get = oss.GetBucketArchiveDirectReadRequest(bucket=bucket)
    assert client.get_bucket_archive_direct_read(get).archive_direct_read_configuration.enabled is False
    client.put_bucket_archive_direct_read(
        oss.PutBucketArchiveDirectReadRequest(
            bucket=bucket, archive_direct_read_configuration=oss.ArchiveDirectReadConfiguration(enabled=True)
        )
    )
    assert client.get_bucket_archive_direct_read(get).archive_direct_read_configuration.enabled is True


def test_archive_direct_read_opens_archived_objects_but_not_colder_ones(client, bucket):
    for name in ("Archive", "ColdArchive"):
        client.put_object(oss.PutObjectRequest(bucket=bucket, key=name, body=b"x", storage_class=name))
    read = oss.GetObjectRequest(bucket=bucket, key="Archive")
    with refuses("InvalidObjectState", 403):
        client.get_object(read)
    client.put_bucket_archive_direct_read(
        oss.PutBucketArchiveDirectReadRequest(
            bucket=bucket, archive_direct_read_configuration=oss.ArchiveDirectReadConfiguration(enabled=True)
        )
    )
    assert client.get_object(read).body.read() == b"x"
    with refuses("InvalidObjectState", 403):
        client.get_object(oss.GetObjectRequest(bucket=bucket, key="ColdArchive"))


def test_https_settings_are_kept(client, bucket):
    get = oss.GetBucketHttpsConfigRequest(bucket=bucket)
    assert client.get_bucket_https_config(get).https_configuration.tls.enable is False
    client.put_bucket_https_config(
        oss.PutBucketHttpsConfigRequest(
            bucket=bucket,
            https_configuration=oss.HttpsConfiguration(
                tls=oss.TLS(enable=True, tls_versions=["TLSv1.2", "TLSv1.3"]),
                cipher_suite=oss.CipherSuite(
                    enable=True, strong_cipher_suite=False, custom_cipher_suites=["ECDHE-RSA-AES128-SHA256"]
                ),
            ),
        )
    )
    got = client.get_bucket_https_config(get).https_configuration
    assert (got.tls.enable, got.tls.tls_versions) == (True, ["TLSv1.2", "TLSv1.3"])
    assert got.cipher_suite.custom_cipher_suites == ["ECDHE-RSA-AES128-SHA256"]


def test_a_resource_group_is_the_default_one_until_it_is_another(client, bucket):
    get = oss.GetBucketResourceGroupRequest(bucket=bucket)
    default = client.get_bucket_resource_group(get).bucket_resource_group_configuration.resource_group_id
    assert default

    def put(group):
        configuration = oss.BucketResourceGroupConfiguration(resource_group_id=group)
        client.put_bucket_resource_group(
            oss.PutBucketResourceGroupRequest(bucket=bucket, bucket_resource_group_configuration=configuration)
        )

    put(default)
    put("rg-aekz0123456789a")
    assert info_of(client, bucket).resource_group_id == "rg-aekz0123456789a"
    listed = client.list_buckets(oss.ListBucketsRequest(prefix=bucket, resource_group_id="rg-aekz0123456789a"))
    assert [(found.name, found.resource_group_id) for found in listed.buckets] == [(bucket, "rg-aekz0123456789a")]
    assert not client.list_buckets(oss.ListBucketsRequest(prefix=bucket, resource_group_id=default)).buckets
    with refuses("ResourceGroupIdPreCheckError", 400) as caught:
        put("rg-not-exist")
    assert caught.error.ec == "0039-00000003"


def test_tags_are_put_replaced_and_taken_away_one_by_one_or_all(server, client, bucket):
    get = oss.GetBucketTagsRequest(bucket=bucket)

    def tags():
        return {tag.key: tag.value or "" for tag in client.get_bucket_tags(get).tagging.tag_set.tags or []}

    def put(**wanted):
        tag_set = oss.TagSet(tags=[oss.Tag(key=key, value=value) for key, value in wanted.items()])
        client.put_bucket_tags(oss.PutBucketTagsRequest(bucket=bucket, tagging=oss.Tagging(tag_set=tag_set)))

    assert tags() == {}
    put(old="1")
    put(k1="v1", k2="", k3="значение")
    assert tags() == {"k1": "v1", "k2": "", "k3": "значение"}
    # This client takes all away or none; Go's names them.
    some = "tagging=k1,k3,absent"
    taken = send(server, "DELETE", f"/{bucket}/?{some}", signed_v1(server, "DELETE", f"/{bucket}/?{some}"))
    assert taken.status == 204
    assert tags() == {"k2": ""}
    client.delete_bucket_tags(oss.DeleteBucketTagsRequest(bucket=bucket))
    assert tags() == {}
    for wrong in ({f"k{n}": "" for n in range(21)}, {"k" * 65: ""}, {"k": "v" * 129}, {"aliyun": ""}):
        with refuses("InvalidTag", 400):
            put(**wrong)


def test_oss2_tags_a_bucket(old_bucket):
    tagging = oss2.models.Tagging(oss2.models.TaggingRule())
    tagging.tag_set.add("owner", "山田")
    assert old_bucket.put_bucket_tagging(tagging).status == 200
    assert old_bucket.get_bucket_tagging().tag_set.tagging_rule == {"owner": "山田"}
    assert old_bucket.delete_bucket_tagging().status == 204
    assert old_bucket.get_bucket_tagging().tag_set.tagging_rule == {}


def test_buckets_are_listed_by_tag(client):
    prefix = fresh_name("tagged")
    names = [f"{prefix}-{number}" for number in range(4)]
    for number, name in enumerate(names):
        client.put_bucket(oss.PutBucketRequest(bucket=name))
        if number == 0:
            continue
        tags = [oss.Tag(key="tier", value="hot" if number < 3 else "cold"), oss.Tag(key=f"n{number}", value="x")]
        tagging = oss.Tagging(tag_set=oss.TagSet(tags=tags))
        client.put_bucket_tags(oss.PutBucketTagsRequest(bucket=name, tagging=tagging))

    def listed(**query):
        found = client.list_buckets(oss.ListBucketsRequest(prefix=prefix, **query))
        return [bucket.name for bucket in found.buckets or []], found.is_truncated, found.next_marker

    try:
        assert listed(tag_key="tier")[0] == names[1:]
        assert listed(tag_key="tier", tag_value="hot")[0] == names[1:3]
        first, truncated, marker = listed(tag_key="tier", max_keys=2)
        assert (first, truncated) == (names[1:3], True)
        assert listed(tag_key="tier", max_keys=2, marker=marker) == (names[3:], False, None)
        assert listed(tagging='"tier":"hot","n2":"x"')[0] == names[2:3]
        assert listed(tagging='"tier":"warm"')[0] == []
        with refuses("InvalidArgument", 400):
            listed(tag_value="hot")
        with refuses("InvalidArgument", 400):
            listed(tagging="tier=hot")
    finally:
        for name in names:
            empty_and_delete(client, name)


def test_a_bucket_is_made_with_tags_and_in_a_resource_group(client):
    name = fresh_name()
    made = oss.PutBucketRequest(
        bucket=name, resource_group_id="rg-aekz0123456789a", bucket_tagging="team=a%20b&tier=hot"
    )
    client.put_bucket(made)
    try:
        assert info_of(client, name).resource_group_id == "rg-aekz0123456789a"
        got = client.get_bucket_tags(oss.GetBucketTagsRequest(bucket=name)).tagging.tag_set.tags
        assert {tag.key: tag.value for tag in got} == {"team": "a b", "tier": "hot"}
    finally:
        empty_and_delete(client, name)


def test_who_pays_for_requests_is_kept(client, bucket):
    get = oss.GetBucketRequestPaymentRequest(bucket=bucket)
    assert client.get_bucket_request_payment(get).request_payment_configuration.payer == "BucketOwner"
    client.put_bucket_request_payment(
        oss.PutBucketRequestPaymentRequest(
            bucket=bucket, request_payment_configuration=oss.RequestPaymentConfiguration(payer="Requester")
        )
    )
    assert client.get_bucket_request_payment(get).request_payment_configuration.payer == "Requester"


def test_where_the_requester_pays_the_owner_does_not_and_the_anonymous_cannot(server, client, bucket):
    client.put_bucket_acl(oss.PutBucketAclRequest(bucket=bucket, acl="public-read"))
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"a"))
    assert send(server, "GET", f"/{bucket}/a").status == 200
    client.put_bucket_request_payment(
        oss.PutBucketRequestPaymentRequest(
            bucket=bucket, request_payment_configuration=oss.RequestPaymentConfiguration(payer="Requester")
        )
    )
    read = client.get_object(oss.GetObjectRequest(bucket=bucket, key="a"))
    assert read.body.read() == b"a" and "x-oss-request-charged" not in read.headers
    for headers in ({}, {"x-oss-request-payer": "requester"}):
        refused = send(server, "GET", f"/{bucket}/a", headers)
        assert (refused.status, refused.code) == (403, "AccessDenied")
        assert refused.headers["x-oss-ec"] == "0003-00000703"


def test_the_region_is_described(client, server):
    described = client.describe_regions(oss.DescribeRegionsRequest()).region_info
    assert [found.region for found in described] == [f"oss-{server.region}"]
    assert described[0].internet_endpoint == server.endpoint.removeprefix("http://")
    named = client.describe_regions(oss.DescribeRegionsRequest(regions=f"oss-{server.region}"))
    assert len(named.region_info) == 1
    with refuses("NoSuchRegion", 404):
        client.describe_regions(oss.DescribeRegionsRequest(regions="oss-nowhere"))


@pytest.mark.parametrize("version", ["v4", "v1"])
def test_a_bucket_has_no_live_channels(server, bucket, version):
    assert list(oss2.LiveChannelIterator(bucket_for(server, bucket, version))) == []


@pytest.mark.parametrize(
    ("resource", "document", "element"),
    [
        ("requestPayment", "<RequestPaymentConfiguration><Payer>Nobody</Payer></RequestPaymentConfiguration>", "Payer"),
        ("accessmonitor", "<AccessMonitorConfiguration/>", "Status"),
        ("transferAcceleration", "<TransferAccelerationConfiguration><Enabled>1</Enabled></TransferAccelerationConfiguration>", "Enabled"),
        ("httpsConfig", "<HttpsConfiguration><TLS><Enable>true</Enable></TLS></HttpsConfiguration>", "TLSVersion"),
        ("tagging", "<Tags/>", "Tagging"),
        ("resourceGroup", "<BucketResourceGroupConfiguration/>", "ResourceGroupId"),
    ],
)
def test_a_document_that_does_not_fit_is_refused_by_the_element_to_change(server, bucket, resource, document, element):
    refused = put_document(server, bucket, resource, document)
    assert (refused.status, refused.code) == (400, "MalformedXML")
    assert element.encode() in refused.body


def test_settings_of_an_absent_bucket_are_refused(client):
    name = fresh_name("absent")
    for attempt in (
        lambda: client.get_bucket_tags(oss.GetBucketTagsRequest(bucket=name)),
        lambda: client.get_bucket_cors(oss.GetBucketCorsRequest(bucket=name)),
        lambda: client.delete_bucket_website(oss.DeleteBucketWebsiteRequest(bucket=name)),
        lambda: client.list_style(oss.ListStyleRequest(bucket=name)),
        lambda: client.list_cname(oss.ListCnameRequest(bucket=name)),
    ):
        with refuses("NoSuchBucket", 404):
            attempt()


def test_settings_go_with_their_bucket(client):
    name = fresh_name()
    client.put_bucket(oss.PutBucketRequest(bucket=name, bucket_tagging="a=b"))
    client.delete_bucket(oss.DeleteBucketRequest(bucket=name))
    client.put_bucket(oss.PutBucketRequest(bucket=name))
    assert not client.get_bucket_tags(oss.GetBucketTagsRequest(bucket=name)).tagging.tag_set.tags
    client.delete_bucket(oss.DeleteBucketRequest(bucket=name))


@pytest.mark.own_server
def test_settings_survive_a_kill(own_server):
    from conftest import client_for

    client = client_for(own_server)
    name = fresh_name()
    client.put_bucket(oss.PutBucketRequest(bucket=name))
    tagging = oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key="k", value="v")]))
    client.put_bucket_tags(oss.PutBucketTagsRequest(bucket=name, tagging=tagging))
    own_server.kill()
    own_server.restart()
    got = client_for(own_server).get_bucket_tags(oss.GetBucketTagsRequest(bucket=name)).tagging.tag_set.tags
    assert [(tag.key, tag.value) for tag in got] == [("k", "v")]
