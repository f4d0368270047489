/** A page as somebody would write it: a file is uploaded with keys of a role, and its preview is processed on the server. */
import { blobSource, image, Oss, Pause, refreshingCredentials, StorageCheckpoints, Uploader } from 'millrace/browser';

interface Setup {
  endpoint: string;
  region: string;
  bucket: string;
  partSize: number;
}

/** What happened, for the test to ask. */
const state = { transferred: 0, total: 0, moved: 0, first: -1, paused: false, done: '', failed: '' };
Object.assign(globalThis, { state });

const find = <T extends Element>(selector: string): T => {
  const element = document.querySelector<T>(selector);
  if (!element) throw new Error(`there is no ${selector}`);
  return element;
};

const { endpoint, region, bucket, partSize }: Setup = await (await fetch('setup.json')).json();
const credentials = refreshingCredentials(async () => await (await fetch('keys.json')).json());
const oss = new Oss({ endpoint, region, credentials });
const pause = new Pause();
const uploader = new Uploader(oss, { partSize, concurrency: 2, checkpoints: new StorageCheckpoints(), pause });

async function upload(): Promise<void> {
  const file = find<HTMLInputElement>('input').files?.[0];
  if (!file) throw new Error('choose a file first');
  const { crc64 } = await uploader.upload({ bucket, key: file.name, contentType: file.type }, blobSource(file), {
    onProgress({ transferred, total = 0, moved }) {
      if (state.first < 0) state.first = transferred;
      Object.assign(state, { transferred, total, moved });
      find<HTMLProgressElement>('progress').value = transferred / total;
      find<HTMLOutputElement>('output').value = `${transferred} of ${total} bytes`;
    },
  });
  if (file.type.startsWith('image/')) await preview(file.name);
  state.done = crc64;
}

async function preview(key: string): Promise<void> {
  const process = image().resize({ m: 'fill', w: 120, h: 90 }).format('webp');
  const picture = find<HTMLImageElement>('img');
  picture.src = (await oss.presign('GetObject', { bucket, key, process })).url;
  await picture.decode();
}

find('#upload').addEventListener('click', () => {
  upload().catch((error) => {
    state.failed = String(error);
  });
});
find('#pause').addEventListener('click', () => {
  pause.pause();
  state.paused = true;
});
find('#resume').addEventListener('click', () => {
  pause.resume();
  state.paused = false;
});
document.body.dataset.ready = 'yes';
