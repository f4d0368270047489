# proves oss: PutBucketInventory, GetBucketInventory, ListBucketInventory, DeleteBucketInventory

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import refuses, refuses_old


def configuration(server, bucket, inventory_id="daily", **more):
    destination = oss.InventoryOSSBucketDestination(
        format="CSV",
        account_id=more.pop("account_id", server.account_id),
        role_arn=more.pop("role_arn", f"acs:ram::{server.account_id}:role/lists"),
        bucket=f"acs:oss:::{more.pop('target', bucket)}",
        prefix="lists",
        encryption=more.pop("encryption", None),
    )
    return oss.InventoryConfiguration(
        id=inventory_id,
        is_enabled=True,
        destination=oss.InventoryDestination(oss_bucket_destination=destination),
        schedule=oss.InventorySchedule(frequency=more.pop("frequency", "Daily")),
        included_object_versions=more.pop("versions", "Current"),
        **more,
    )


def put(client, bucket, document, inventory_id=None):
    return client.put_bucket_inventory(
        oss.PutBucketInventoryRequest(
            bucket=bucket, inventory_id=inventory_id or document.id, inventory_configuration=document
        )
    )


def get(client, bucket, inventory_id):
    request = oss.GetBucketInventoryRequest(bucket=bucket, inventory_id=inventory_id)
    return client.get_bucket_inventory(request).inventory_configuration


def listed(client, bucket, token=None):
    request = oss.ListBucketInventoryRequest(bucket=bucket, continuation_token=token)
    return client.list_bucket_inventory(request).list_inventory_configurations_result


def delete(client, bucket, inventory_id):
    return client.delete_bucket_inventory(oss.DeleteBucketInventoryRequest(bucket=bucket, inventory_id=inventory_id))


def test_a_rule_comes_back_as_it_was_put(server, client, bucket):
    fields = ["Size", "ETag", "LastModifiedDate", "StorageClass", "IsMultipartUploaded", "EncryptionStatus"]
    document = configuration(
        server,
        bucket,
        frequency="Weekly",
        versions="All",
        optional_fields=oss.OptionalFields(fields=fields),
        encryption=oss.InventoryEncryption(sse_kms=oss.SSEKMS(key_id="a-key")),
        filter=oss.InventoryFilter(
            prefix="in/",
            lower_size_bound=1024,
            upper_size_bound=1048576,
            last_modify_begin_time_stamp=1637883649,
            last_modify_end_time_stamp=1638347592,
            storage_class="Standard,IA",
        ),
    )
    assert put(client, bucket, document).status_code == 200
    found = get(client, bucket, "daily")
    assert (found.id, found.is_enabled, found.included_object_versions) == ("daily", True, "All")
    assert (found.schedule.frequency, found.optional_fields.fields) == ("Weekly", fields)
    where = found.destination.oss_bucket_destination
    assert (where.format, where.account_id, where.prefix) == ("CSV", server.account_id, "lists")
    assert (where.role_arn, where.bucket) == (f"acs:ram::{server.account_id}:role/lists", f"acs:oss:::{bucket}")
    assert where.encryption.sse_kms.key_id == "a-key"
    assert vars(found.filter) == vars(document.filter)


def test_rules_are_named_listed_and_taken_away(server, client, bucket):
    with refuses("NoSuchInventory", 404):
        get(client, bucket, "unknown")
    with refuses("NoSuchInventory", 404):
        listed(client, bucket)
    names = sorted(f"i{n}" for n in range(103))
    for name in names:
        put(client, bucket, configuration(server, bucket, name))
    with refuses("InventoryAlreadyExist", 409):
        put(client, bucket, configuration(server, bucket, "i0"))
    first = listed(client, bucket)
    rest = listed(client, bucket, first.next_continuation_token)
    assert (first.is_truncated, rest.is_truncated) == (True, False)
    assert len(first.inventory_configurations) == 100
    assert [found.id for page in (first, rest) for found in page.inventory_configurations] == names
    for name in ("test_optional_Fields", "SSE-OSS_", "9"):
        put(client, bucket, configuration(server, bucket, name))
        assert get(client, bucket, name).id == name
    assert delete(client, bucket, "i0").status_code == 204
    assert delete(client, bucket, "i0").status_code == 204
    with refuses("NoSuchInventory", 404):
        get(client, bucket, "i0")


def test_what_makes_no_sense_is_refused(server, client, bucket):
    for wrong in (
        {"target": "no-such-bucket-here"},
        {"account_id": "42"},
        {"role_arn": "acs:ram::42:role/lists"},
        {"role_arn": "lists"},
        {"filter": oss.InventoryFilter(storage_class="Warm")},
        {"inventory_id": "-begins-badly"},
    ):
        with refuses("InvalidArgument", 400):
            put(client, bucket, configuration(server, bucket, **wrong))
    with refuses("InvalidArgument", 400):
        put(client, bucket, configuration(server, bucket, "one"), inventory_id="other")
    with refuses("MalformedXML", 400):
        put(client, bucket, configuration(server, bucket, frequency="Hourly"))
    with refuses("AccessDenied", 403) as caught:
        incremental = oss.IncrementalInventory(is_enabled=True, schedule=oss.IncrementInventorySchedule(frequency=600))
        put(client, bucket, configuration(server, bucket, incremental_inventory=incremental))
    assert "not offered" in caught.error.message


def test_the_old_client_understands_it(server, old_bucket):
    models = oss2.models
    with pytest.raises(oss2.exceptions.NoSuchInventory):
        old_bucket.list_bucket_inventory_configurations()
    destination = models.InventoryBucketDestination(
        account_id=server.account_id,
        role_arn=f"acs:ram::{server.account_id}:role/lists",
        bucket=old_bucket.bucket_name,
        inventory_format="CSV",
        prefix="lists",
        sse_oss_encryption=models.InventoryServerSideEncryptionOSS(),
    )
    old_bucket.put_bucket_inventory_configuration(
        models.InventoryConfiguration(
            inventory_id="old",
            is_enabled=True,
            inventory_schedule=models.InventorySchedule(frequency="Daily"),
            included_object_versions="Current",
            inventory_filter=models.InventoryFilter(prefix="in/"),
            optional_fields=["Size"],
            inventory_destination=models.InventoryDestination(bucket_destination=destination),
        )
    )
    found = old_bucket.get_bucket_inventory_configuration("old")
    assert (found.inventory_id, found.is_enabled, found.optional_fields) == ("old", True, ["Size"])
    assert found.inventory_destination.bucket_destination.sse_oss_encryption is not None
    assert [one.inventory_id for one in old_bucket.list_bucket_inventory_configurations().inventory_configurations] == [
        "old"
    ]
    with refuses_old("InventoryAlreadyExist", 409):
        old_bucket.put_bucket_inventory_configuration(found)
    old_bucket.delete_bucket_inventory_configuration("old")
