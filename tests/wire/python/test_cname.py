"""Domain names that lead to buckets. Their ownership is proved in the DNS, which no test can write to."""

# proves oss: CreateCnameToken, GetCnameToken, DeleteCname, ListCname
# proves oss: PutCname

import datetime

import alibabacloud_oss_v2 as oss
import pytest
from conftest import Server, client_for, empty_and_delete, fresh_name, refuses
from raw_http import send

DOMAIN = "img.example.com"


def configuration(domain=DOMAIN):
    return oss.BucketCnameConfiguration(cname=oss.Cname(domain=domain))


def bind(client, bucket, domain=DOMAIN):
    client.put_cname(oss.PutCnameRequest(bucket=bucket, bucket_cname_configuration=configuration(domain)))


def domains(client, bucket):
    return [found.domain for found in client.list_cname(oss.ListCnameRequest(bucket=bucket)).cnames or []]


def test_a_name_is_bound_only_by_whoever_can_prove_it(client, bucket):
    with refuses("NoSuchCnameToken", 404):
        client.get_cname_token(oss.GetCnameTokenRequest(bucket=bucket, cname=DOMAIN))
    create = oss.CreateCnameTokenRequest(bucket=bucket, bucket_cname_configuration=configuration())
    made = client.create_cname_token(create).cname_token
    assert (made.bucket, made.cname) == (bucket, DOMAIN) and made.token and made.expire_time
    assert client.create_cname_token(create).cname_token.token == made.token
    got = client.get_cname_token(oss.GetCnameTokenRequest(bucket=bucket, cname=DOMAIN)).cname_token
    assert got.token == made.token
    with refuses("NeedVerifyDomainOwnership", 403) as caught:
        bind(client, bucket)
    assert caught.error.ec == "0018-00000115"
    assert domains(client, bucket) == []
    client.delete_cname(oss.DeleteCnameRequest(bucket=bucket, bucket_cname_configuration=configuration()))


def test_what_is_no_name_is_refused(client, bucket):
    for wrong in ("", "localhost", "10.0.0.1", "http://a.example.com", "*.example.com", "a.example.com:80"):
        with refuses("InvalidArgument", 400):
            bind(client, bucket, wrong)


@pytest.fixture(scope="module")
def trusting():
    """A server that takes everybody's word for a name."""
    running = Server(MILLRACE_VERIFY_DOMAINS="off")
    yield running
    running.close()


@pytest.fixture
def bound(trusting):
    client = client_for(trusting)
    name = fresh_name()
    client.put_bucket(oss.PutBucketRequest(bucket=name))
    bind(client, name)
    yield client, name
    empty_and_delete(client, name)


@pytest.mark.own_server
def test_a_bound_name_leads_to_its_bucket(trusting, bound):
    client, bucket = bound
    assert domains(client, bucket) == [DOMAIN]
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a/b.txt", body=b"text", acl="public-read"))
    for host in (DOMAIN, f"{DOMAIN.upper()}:9000"):
        assert send(trusting, "GET", "/a/b.txt", host=host).body == b"text"
    assert send(trusting, "GET", "/", host=DOMAIN).code == "AccessDenied"
    # The signature names the bucket however it was addressed.
    url = client.presign(oss.GetObjectRequest(bucket=bucket, key="a/b.txt"), expires=datetime.timedelta(minutes=1)).url
    target = url.removeprefix(f"{trusting.endpoint}/{bucket}")
    assert send(trusting, "GET", target, host=DOMAIN).status == 200
    client.delete_cname(oss.DeleteCnameRequest(bucket=bucket, bucket_cname_configuration=configuration()))
    assert domains(client, bucket) == []
    assert send(trusting, "GET", "/a/b.txt", host=DOMAIN).status != 200


@pytest.mark.own_server
def test_a_name_leads_to_one_bucket(trusting, bound):
    client, bucket = bound
    other = fresh_name()
    client.put_bucket(oss.PutBucketRequest(bucket=other))
    try:
        with refuses("InvalidArgument", 400):
            bind(client, other)
        bind(client, bucket)
    finally:
        empty_and_delete(client, other)


@pytest.mark.own_server
def test_a_client_set_up_for_a_domain_name_works(trusting, bound):
    """The official client in its CNAME mode, with a name that resolves to this machine."""
    client, bucket = bound
    port = trusting.endpoint.rsplit(":", 1)[1]
    bind(client, bucket, "bucket.localhost.test")
    import socket
    from unittest import mock

    resolve = socket.getaddrinfo

    def here(host, *args, **more):
        return resolve("127.0.0.1" if host == "bucket.localhost.test" else host, *args, **more)

    with mock.patch("socket.getaddrinfo", here):
        named = client_for(trusting, endpoint=f"http://bucket.localhost.test:{port}", use_cname=True)
        named.put_object(oss.PutObjectRequest(bucket=bucket, key="k", body=b"by name"))
        assert named.get_object(oss.GetObjectRequest(bucket=bucket, key="k")).body.read() == b"by name"
        listed = named.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket))
        assert [found.key for found in listed.contents] == ["k"]


@pytest.mark.own_server
def test_a_website_is_shown_by_its_name(trusting, bound):
    client, bucket = bound
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="index.html", body=b"<home>"))
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="e.html", body=b"<error>", acl="public-read"))
    website = oss.WebsiteConfiguration(
        index_document=oss.IndexDocument(suffix="index.html"), error_document=oss.ErrorDocument(key="e.html")
    )
    client.put_bucket_website(oss.PutBucketWebsiteRequest(bucket=bucket, website_configuration=website))
    assert send(trusting, "GET", "/", host=DOMAIN).code == "AccessDenied"
    client.put_bucket_acl(oss.PutBucketAclRequest(bucket=bucket, acl="public-read"))
    assert send(trusting, "GET", "/", host=DOMAIN).body == b"<home>"
    missing = send(trusting, "GET", "/absent", host=DOMAIN)
    assert (missing.status, missing.body) == (404, b"<error>")
