"""Buckets as websites. Visitors sign nothing, so that most of these requests are made by hand."""

# proves oss: PutBucketWebsite, GetBucketWebsite, DeleteBucketWebsite

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import refuses
from raw_http import send


@pytest.fixture
def site(client, bucket):
    """A bucket that everybody may read, with some pages."""
    client.put_bucket_acl(oss.PutBucketAclRequest(bucket=bucket, acl="public-read"))
    for key in ("index.html", "error.html", "a.txt", "sub/index.html", "sub/b.txt", "deep/er/index.html", "文/index.html"):
        client.put_object(
            oss.PutObjectRequest(bucket=bucket, key=key, body=f"<{key}>".encode(), content_type="text/html")
        )
    return bucket


def put(client, bucket, subfolders=None, kind=None, error=None, status=None, rules=None, index="index.html"):
    configuration = oss.WebsiteConfiguration(
        index_document=index and oss.IndexDocument(suffix=index, support_sub_dir=subfolders, type=kind),
        error_document=error and oss.ErrorDocument(key=error, http_status=status),
        routing_rules=rules and oss.RoutingRules(routing_rules=rules),
    )
    client.put_bucket_website(oss.PutBucketWebsiteRequest(bucket=bucket, website_configuration=configuration))


def rule(number, condition=None, **redirect):
    return oss.RoutingRule(
        rule_number=number,
        condition=condition or oss.RoutingRuleCondition(),
        redirect=oss.RoutingRuleRedirect(**redirect),
    )


def visit(server, bucket, path, headers=None, method="GET", virtual=False):
    """By the bucket's own host name, or by its path."""
    if virtual:
        return send(server, method, f"/{path}", headers, host=f"{bucket}.oss-{server.region}.aliyuncs.com")
    return send(server, method, f"/{bucket}/{path}", headers)


def test_a_website_is_put_got_and_deleted(client, bucket):
    get = oss.GetBucketWebsiteRequest(bucket=bucket)
    with refuses("NoSuchWebsiteConfiguration", 404):
        client.get_bucket_website(get)
    mirror = rule(
        7,
        oss.RoutingRuleCondition(key_prefix_equals="abc/", http_error_code_returned_equals=404),
        redirect_type="Mirror",
        mirror_url="http://example.com/",
        mirror_headers=oss.MirrorHeaders(pass_all=True, passs=["a", "b"], sets=[oss.MirrorHeadersSet(key="k", value="v")]),
    )
    external = rule(2, redirect_type="External", host_name="example.com", http_redirect_code=301)
    put(client, bucket, subfolders=True, kind=0, error="error.html", status=404, rules=[mirror, external])
    got = client.get_bucket_website(get).website_configuration
    assert (got.index_document.suffix, got.index_document.support_sub_dir, got.index_document.type) == ("index.html", True, 0)
    assert (got.error_document.key, got.error_document.http_status) == ("error.html", 404)
    first, second = got.routing_rules.routing_rules
    assert (first.rule_number, first.redirect.host_name, first.redirect.http_redirect_code) == (2, "example.com", 301)
    assert (second.condition.key_prefix_equals, second.condition.http_error_code_returned_equals) == ("abc/", 404)
    assert (second.redirect.mirror_url, second.redirect.mirror_headers.passs) == ("http://example.com/", ["a", "b"])
    assert second.redirect.mirror_headers.sets[0].value == "v"
    client.delete_bucket_website(oss.DeleteBucketWebsiteRequest(bucket=bucket))
    with refuses("NoSuchWebsiteConfiguration", 404):
        client.get_bucket_website(get)


def test_oss2_keeps_a_website(old_bucket):
    redirect = oss2.models.Redirect(redirect_type="External", proto="http", host_name="example.com", http_redirect_code=302)
    # It cannot read back a condition that leaves either out.
    rules = [oss2.models.RoutingRule(1, oss2.models.Condition(key_prefix_equals="x", http_err_code_return_equals=404), redirect)]
    old_bucket.put_bucket_website(oss2.models.BucketWebsite("index.html", "error.html", rules))
    got = old_bucket.get_bucket_website()
    assert (got.index_file, got.error_file) == ("index.html", "error.html")
    assert got.rules[0].redirect.host_name == "example.com"
    old_bucket.delete_bucket_website()


@pytest.mark.parametrize("virtual", [True, False])
def test_the_root_is_its_index_page_for_visitors_only(server, client, site, virtual):
    assert b"ListBucketResult" in visit(server, site, "", virtual=virtual).body
    put(client, site, error="error.html")
    answer = visit(server, site, "", virtual=virtual)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"<index.html>", "text/html")
    head = visit(server, site, "", method="HEAD", virtual=virtual)
    assert (head.status, head.headers["content-length"]) == (200, "12")
    assert b"ListBucketResult" in visit(server, site, "?prefix=sub/", virtual=virtual).body
    assert b"ListBucketResult" in visit(server, site, "?list-type=2", virtual=virtual).body
    listed = client.list_objects(oss.ListObjectsRequest(bucket=site))
    assert len(listed.contents) == 7
    with refuses("NoSuchKey", 404):
        client.get_object(oss.GetObjectRequest(bucket=site, key="absent"))


def test_pages_are_ordinary_objects(server, client, site):
    put(client, site, subfolders=True, error="error.html")
    answer = visit(server, site, "a.txt", {"Range": "bytes=1-3"})
    assert (answer.status, answer.body) == (206, b"a.t")
    etag = visit(server, site, "").headers["etag"]
    assert visit(server, site, "", {"If-None-Match": etag}).status == 304


def test_what_is_missing_is_the_error_page(server, client, site):
    put(client, site, error="error.html")
    answer = visit(server, site, "absent", {"Range": "bytes=0-0", "If-None-Match": "*"})
    assert (answer.status, answer.body) == (404, b"<error.html>")
    head = visit(server, site, "absent", method="HEAD")
    assert (head.status, head.headers["content-length"]) == (404, "12")
    put(client, site, error="error.html", status=200)
    assert visit(server, site, "absent").status == 200
    put(client, site, error="gone.html")
    answer = visit(server, site, "absent")
    assert (answer.status, answer.code) == (404, "NoSuchKey")
    put(client, site)
    assert visit(server, site, "absent").code == "NoSuchKey"
    assert visit(server, site, "absent", method="HEAD").status == 404


def test_without_subfolders_a_folder_is_the_root_page(server, client, site):
    put(client, site, error="error.html")
    assert visit(server, site, "sub/").body == b"<index.html>"
    assert visit(server, site, "sub").body == b"<error.html>"


@pytest.mark.parametrize("virtual", [True, False])
def test_with_subfolders_a_folder_has_a_page_of_its_own(server, client, site, virtual):
    base = "/" if virtual else f"/{site}/"
    put(client, site, subfolders=True, error="error.html")
    assert visit(server, site, "sub/", virtual=virtual).body == b"<sub/index.html>"
    assert visit(server, site, "deep/er/", virtual=virtual).body == b"<deep/er/index.html>"
    assert visit(server, site, "nowhere/", virtual=virtual).body == b"<error.html>"
    moved = visit(server, site, "sub", virtual=virtual)
    assert (moved.status, moved.headers["location"], moved.body) == (302, f"{base}sub/", b"")
    moved = visit(server, site, "%E6%96%87", virtual=virtual)
    assert moved.headers["location"] == f"{base}%E6%96%87/"
    assert visit(server, site, "nowhere", virtual=virtual).status == 404
    put(client, site, subfolders=True, kind=1, error="error.html")
    assert visit(server, site, "sub", virtual=virtual).body == b"<error.html>"
    put(client, site, subfolders=True, kind=2, error="error.html")
    answer = visit(server, site, "sub", virtual=virtual)
    assert (answer.status, answer.body) == (200, b"<sub/index.html>")
    assert visit(server, site, "nowhere", virtual=virtual).body == b"<error.html>"


def test_a_private_bucket_stays_private(server, client, site):
    put(client, site, subfolders=True, error="error.html")
    client.put_bucket_acl(oss.PutBucketAclRequest(bucket=site, acl="private"))
    for path in ("", "a.txt", "absent", "sub", "sub/"):
        answer = visit(server, site, path)
        assert (answer.status, answer.code) == (403, "AccessDenied")
    client.put_bucket_acl(oss.PutBucketAclRequest(bucket=site, acl="public-read"))
    client.put_object_acl(oss.PutObjectAclRequest(bucket=site, key="error.html", acl="private"))
    assert visit(server, site, "absent").code == "NoSuchKey"
    client.put_object_acl(oss.PutObjectAclRequest(bucket=site, key="sub/index.html", acl="private"))
    assert visit(server, site, "sub").code == "NoSuchKey"


def test_rules_send_elsewhere(server, client, site):
    under = lambda prefix, **more: oss.RoutingRuleCondition(key_prefix_equals=prefix, **more)  # noqa: E731
    put(
        client,
        site,
        error="error.html",
        rules=[
            rule(5, under("old/"), redirect_type="External", replace_key_prefix_with="new/", http_redirect_code=301),
            rule(1, under("old/special"), redirect_type="AliCDN", protocol="https", host_name="cdn.example.com",
                 pass_query_string=True, replace_key_with="x/${key}.html"),
            rule(2, under("in/"), redirect_type="Internal", replace_key_with="a.txt"),
            rule(7, under("astray/"), redirect_type="Internal", replace_key_with="nowhere"),
            rule(3, under("", http_error_code_returned_equals=404, key_suffix_equals=".png"),
                 redirect_type="External", protocol="http", host_name="img.example.com", http_redirect_code=307),
            rule(4, under("mirror/", http_error_code_returned_equals=404), redirect_type="Mirror",
                 mirror_url="http://example.com/"),
            rule(6, under("only/", include_headers=[oss.RoutingRuleIncludeHeader(key="X-Who", equals="me")]),
                 redirect_type="Internal", replace_key_with="a.txt"),
        ],
    )
    moved = visit(server, site, "old/a%20b?q=1")
    host = server.endpoint.removeprefix("http://")
    assert (moved.status, moved.headers["location"]) == (301, f"http://{host}/{site}/new/a%20b")
    moved = visit(server, site, "old/special?q=1&r", virtual=True)
    assert (moved.status, moved.headers["location"]) == (302, "https://cdn.example.com/x/old/special.html?q=1&r")
    assert visit(server, site, "in/b").body == b"<a.txt>"
    astray = visit(server, site, "astray/b")
    assert (astray.status, astray.body) == (404, b"<error.html>"), "what a rule leads to is missing"
    moved = visit(server, site, "absent.png")
    assert (moved.status, moved.headers["location"]) == (307, "http://img.example.com/absent.png")
    assert visit(server, site, "absent.txt").body == b"<error.html>"
    mirrored = visit(server, site, "mirror/x")
    assert (mirrored.status, mirrored.code) == (400, "NotImplemented")
    assert visit(server, site, "only/x", {"X-Who": "me"}).body == b"<a.txt>"
    assert visit(server, site, "only/x", {"X-Who": "you"}).body == b"<error.html>"
    # Whoever signs is no visitor.
    with refuses("NoSuchKey", 404):
        client.get_object(oss.GetObjectRequest(bucket=site, key="old/a"))


def test_a_site_that_means_nothing_is_refused(client, bucket):
    external = {"redirect_type": "External", "host_name": "example.com"}
    for wrong in (
        {"index": None},
        {"index": "a/b"},
        {"kind": 3},
        {"error": "e", "status": 500},
        {"rules": [rule(1, **external), rule(1, **external)]},
        {"rules": [rule(0, **external)]},
        {"rules": [rule(1, **external, http_redirect_code=200)]},
        {"rules": [rule(1, redirect_type="External", host_name="a/b")]},
        {"rules": [rule(1, redirect_type="Mirror")]},
        {"rules": [rule(n + 1, **external) for n in range(21)]},
    ):
        with refuses("MalformedXML", 400):
            put(client, bucket, **wrong)


def test_a_page_does_not_lend_its_acl_to_its_older_versions(server, client, site):
    client.put_bucket_versioning(
        oss.PutBucketVersioningRequest(
            bucket=site, versioning_configuration=oss.VersioningConfiguration(status="Enabled")
        )
    )
    put(client, site, subfolders=True, error="error.html")
    ids = {}
    for acl in ("private", "public-read"):
        stored = client.put_object(oss.PutObjectRequest(bucket=site, key="a.txt", body=acl.encode(), acl=acl))
        ids[acl] = stored.version_id
    try:
        for method in ("GET", "HEAD"):
            assert visit(server, site, f"a.txt?versionId={ids['public-read']}", method=method).status == 200
            answer = visit(server, site, f"a.txt?versionId={ids['private']}", method=method)
            assert (answer.status, answer.code) == (403, "AccessDenied")
    finally:
        for version in client.list_object_versions(oss.ListObjectVersionsRequest(bucket=site)).version:
            client.delete_object(oss.DeleteObjectRequest(bucket=site, key=version.key, version_id=version.version_id))
