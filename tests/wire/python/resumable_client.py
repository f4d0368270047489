"""The program of flow 5, run as a process of its own so that it can be killed: one resumable upload with oss2.

Prints `sent N` as parts are acknowledged and `done N` at the end, N being the parts this run has sent itself.
"""

import sys
import threading

import oss2

oss2.defaults.connection_pool_size = 8


class CountingBucket(oss2.Bucket):
    """A bucket that counts the parts it has sent."""

    sent = 0
    lock = threading.Lock()

    def upload_part(self, *arguments, **named):
        result = super().upload_part(*arguments, **named)
        with CountingBucket.lock:
            CountingBucket.sent += 1
            print(f"sent {CountingBucket.sent}", flush=True)
        return result


def main():
    endpoint, region, access_key_id, access_key_secret, name, key, path, store = sys.argv[1:]
    auth = oss2.AuthV4(access_key_id, access_key_secret)
    bucket = CountingBucket(auth, endpoint, name, region=region)
    progress = []
    oss2.resumable_upload(
        bucket,
        key,
        path,
        store=oss2.ResumableStore(root=store),
        multipart_threshold=100 * 1024,
        part_size=100 * 1024,
        progress_callback=lambda consumed, total: progress.append((consumed, total)),
        num_threads=4,
    )
    assert progress[-1][0] == progress[-1][1], progress[-1]
    print(f"done {CountingBucket.sent}", flush=True)


main()
