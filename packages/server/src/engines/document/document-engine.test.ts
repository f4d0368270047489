import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import type { OperationNamed } from '@millrace/process';
import { Document, Packer, Paragraph, TextRun } from 'docx';
import sharp from 'sharp';
import { isDomainError } from '../../domain/errors.ts';
import type { MediaOutput } from '../../domain/ports/media-engine.ts';
import { createToolHost, type SandboxedToolHost } from '../host/create-tool-host.ts';
import { createImageWorkers } from '../image/image-engine.ts';
import type { ImageWorkers } from '../image/image-workers.ts';
import { countPages } from './count-pages.ts';
import { createDocumentEngine, type DocumentEngine, documentHealth } from './document-engine.ts';

type Params = OperationNamed<'doc/convert'>['params'];
const execute = promisify(execFile);

let folder: string;
let host: SandboxedToolHost;
let workers: ImageWorkers;
let engine: DocumentEngine;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-document-'));
  host = createToolHost({ folder: join(folder, 'host'), sandbox: 'on' });
  workers = createImageWorkers(host);
  engine = createDocumentEngine({ host, workers, size: 1 });
});
after(async () => {
  await engine.close();
  await workers.close();
  await host.close();
  await rm(folder, { recursive: true, force: true });
});

interface Saved {
  variables: Record<string, string>;
  contentType: string;
  bytes: Buffer;
}

async function convert(
  path: string,
  params: Params,
  options: {
    engine?: DocumentEngine;
    signal?: AbortSignal;
    progress?: (percent: number) => void;
    version?: string;
    encrypted?: boolean;
  } = {},
): Promise<Saved[]> {
  const saved: Saved[] = [];
  await (options.engine ?? engine).run({
    source: {
      name: path,
      size: (await stat(path)).size,
      bytes: () => readFile(path),
      file: () => Promise.resolve(path),
      ...(options.version === undefined ? {} : { version: options.version }),
      ...(options.encrypted === undefined ? {} : { encrypted: options.encrypted }),
    },
    operations: [{ name: 'doc/convert', params }],
    async emit({ body, contentType, variables }: MediaOutput) {
      saved.push({
        contentType,
        variables,
        bytes: 'path' in body ? await readFile(body.path) : Buffer.from(body.bytes),
      });
    },
    signal: options.signal ?? new AbortController().signal,
    ...(options.progress ? { progress: options.progress } : {}),
  });
  return saved;
}

/** A document of one line of Chinese and English on each page. */
async function docx(name: string, pages: number, text = '报告第', font = 'SimSun'): Promise<string> {
  const children = Array.from(
    { length: pages },
    (_, index) =>
      new Paragraph({
        pageBreakBefore: index > 0,
        children: [new TextRun({ text: `${text}${index + 1} page`, font: { name: font, eastAsia: font } })],
      }),
  );
  return write(name, await Packer.toBuffer(new Document({ sections: [{ children }] })));
}

function write(name: string, bytes: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

async function textOf(pdf: Buffer): Promise<string> {
  const { stdout } = await execute('pdftotext', ['-raw', write('read.pdf', pdf), '-']);
  return stdout;
}

const unreadable = (pattern: RegExp) => (error: unknown) =>
  isDomainError(error, 'MediaUnreadable') && pattern.test(error.details.reason);

test('turns a Word document with Chinese text into a PDF that has the text', async () => {
  const [pdf] = await convert(await docx('a.docx', 3), { target: 'pdf' });
  assert.ok(pdf);
  assert.equal(pdf.contentType, 'application/pdf');
  const text = (await textOf(pdf.bytes)).replaceAll(' ', '');
  for (const page of [1, 2, 3]) assert.ok(text.includes(`报告第${page}page`), text);
  const { stdout } = await execute('pdffonts', [write('fonts.pdf', pdf.bytes)]);
  assert.match(stdout, /NotoSerifCJK|NotoSerif/, 'SimSun is set in the serif face that stands for it');
});

test('leaves no date in a PDF, and in the place of random identifiers a digest of what it holds', async () => {
  const path = await docx('settled.docx', 2, '同样');
  const [one] = await convert(path, { target: 'pdf' });
  const [other] = await convert(await docx('unlike.docx', 2, '不同'), { target: 'pdf' });
  assert.ok(one && other);
  const { stdout } = await execute('pdfinfo', [write('settled.pdf', one.bytes)]);
  assert.match(stdout, /^Pages:\s+2$/m);
  assert.equal(await countPages(join(folder, 'settled.pdf')), 2);
  assert.doesNotMatch(stdout, /CreationDate/);
  const identity = (pdf: Buffer) => /\/ID \[ <([0-9A-F]{32})>/.exec(pdf.toString('latin1'))?.[1];
  assert.match(identity(one.bytes) ?? '', /^[0-9A-F]{32}$/);
  assert.notEqual(identity(one.bytes), identity(other.bytes));
  // Fonts are counted by the process, so that nothing but an undisturbed first document has the first number.
  const [again] = await convert(path, { target: 'pdf' });
  assert.ok(again?.bytes.equals(one.bytes), 'the same document gives the same bytes');
  const pixels = async (pdf: Buffer): Promise<Buffer> => {
    const { stdout: drawn, stderr } = await execute('pdftoppm', ['-r', '20', write('drawn.pdf', pdf)], {
      encoding: 'buffer',
    });
    assert.equal(stderr.toString(), '', 'every font and every object is where the file says');
    return drawn;
  };
  assert.ok((await pixels(one.bytes)).length > 50_000);
});

test('lays a document out once, for whatever its pages are then wanted as', async () => {
  const cached = createDocumentEngine({ host, workers, size: 1, cacheFolder: join(folder, 'kept') });
  try {
    const path = await docx('kept.docx', 2);
    const options = { engine: cached, version: 'v1' };
    const [pdf] = await convert(path, { target: 'pdf' }, options);
    const [again] = await convert(path, { target: 'pdf' }, options);
    assert.ok(pdf && again?.bytes.equals(pdf.bytes));
    assert.equal((await convert(path, { target: 'png' }, options)).length, 2);
    const [other] = await convert(
      await docx('other.docx', 2, '另外'),
      { target: 'pdf' },
      { engine: cached, version: 'v2' },
    );
    assert.notDeepEqual(other?.bytes, pdf.bytes);
    assert.equal(readdirSync(join(folder, 'kept')).length, 2);
    await convert(path, { target: 'pdf' }, { engine: cached, version: 'v3', encrypted: true });
    assert.equal(readdirSync(join(folder, 'kept')).length, 2);
  } finally {
    await cached.close();
  }
});

test('draws every page as a PNG of 96 dots to the inch, in order, and tells how far it is', async () => {
  const percents: number[] = [];
  const pages = await convert(
    await docx('b.docx', 12),
    { target: 'png' },
    { progress: (value) => percents.push(value) },
  );
  assert.deepEqual(
    pages.map(({ variables }) => variables.index),
    Array.from({ length: 12 }, (_, index) => String(index + 1)),
  );
  for (const { bytes, contentType } of pages) {
    assert.equal(contentType, 'image/png');
    const { width, height } = await sharp(bytes).metadata();
    assert.deepEqual([width, height], [794, 1123]);
  }
  // Ink on every page, and not the same on the first two.
  const [first, second] = pages;
  assert.ok(first && second && !first.bytes.equals(second.bytes));
  assert.ok(((await sharp(first.bytes).stats()).channels[0]?.min ?? 255) < 100);
  assert.deepEqual(
    percents,
    percents.toSorted((a, b) => a - b),
  );
  assert.equal(percents.at(-1), 100);
});

test('gives the same pictures for the same document', async () => {
  const path = await docx('same.docx', 2);
  const bytes = async () => (await convert(path, { target: 'png' })).map((page) => page.bytes.toString('base64'));
  assert.deepEqual(await bytes(), await bytes());
});

test('takes the pages asked for and leaves out those past the end', async () => {
  const path = await docx('c.docx', 5);
  const pages = [
    { first: 2, last: 3 },
    { first: 5, last: 90 },
  ];
  const index = (saved: Saved[]) => saved.map(({ variables }) => variables.index);
  assert.deepEqual(index(await convert(path, { target: 'jpg', pages })), ['2', '3', '5']);
  const texts = await convert(path, { target: 'txt', pages });
  assert.deepEqual(index(texts), ['2', '3', '5']);
  assert.match(texts[1]?.bytes.toString().replaceAll(' ', '') ?? '', /报告第3page/);
  const [pdf] = await convert(path, { target: 'pdf', pages });
  const text = (await textOf(pdf?.bytes ?? Buffer.alloc(0))).replaceAll(' ', '');
  assert.ok(text.includes('第2page') && text.includes('第5page') && !text.includes('第1page'), text);
  await assert.rejects(
    convert(path, { target: 'png', pages: [{ first: 6, last: 9 }] }),
    (error) => isDomainError(error, 'ProcessInvalid') && error.details.parameter === 'pages',
  );
});

test('names the pages of a spreadsheet by sheet and page', async () => {
  const rows = Array.from({ length: 120 }, (_, row) => `甲${row},北京`).join('\n');
  const pages = await convert(write('prices.csv', rows), { target: 'png' });
  assert.ok(pages.length >= 2);
  assert.deepEqual(pages[1]?.variables, { index: '1_2', sheetname: 'prices' });
});

test('takes a PDF as it is', async () => {
  const [pdf] = await convert(await docx('d.docx', 2), { target: 'pdf' });
  assert.ok(pdf);
  const path = write('d.pdf', pdf.bytes);
  assert.deepEqual((await convert(path, { target: 'pdf' }))[0]?.bytes, pdf.bytes);
  assert.equal((await convert(path, { target: 'jpg' })).length, 2);
});

test('goes by the content when the name says something else', async () => {
  const path = write('really-a-docx.doc', readFileSync(await docx('e.docx', 1)));
  const [text] = await convert(path, { target: 'txt' });
  assert.match(text?.bytes.toString().replaceAll(' ', '') ?? '', /报告第1page/);
});

test('refuses what is empty, cut short, encrypted or no document, and says which', async () => {
  const whole = readFileSync(await docx('whole.docx', 2));
  const png: Params = { target: 'png' };
  await assert.rejects(convert(write('empty.docx', ''), png), unreadable(/empty/));
  await assert.rejects(convert(write('cut.docx', whole.subarray(0, whole.length / 2)), png), unreadable(/cut short/));
  await assert.rejects(convert(write('text.docx', 'only text'), png), unreadable(/not that of a docx/));
  await assert.rejects(
    convert(write('picture.docx', Buffer.from('\x89PNG\r\n\x1a\n')), png),
    unreadable(/not that of/),
  );
  await assert.rejects(convert(write('cut.pdf', '%PDF-1.7\n1 0 obj\n<<'), png), unreadable(/damaged/));
  await assert.rejects(convert(write('locked.docx', encryptedPackage()), png), unreadable(/encrypted/));
  // A whole zip with the right names and rubbish inside gets as far as LibreOffice.
  const rubbish = Buffer.from(whole);
  for (let at = 100; at < rubbish.length - 3000; at += 7) rubbish[at] = 0;
  await assert.rejects(convert(write('rubbish.docx', rubbish), png), unreadable(/damaged/));
  // And none of it harmed the next document.
  assert.equal((await convert(await docx('fine.docx', 1), png)).length, 1);
});

/** The start of a compound file whose directory holds an `EncryptedPackage`, as Office writes for a password. */
function encryptedPackage(): Buffer {
  const bytes = Buffer.alloc(1536);
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(bytes);
  bytes.writeUInt16LE(9, 30);
  bytes.writeUInt32LE(0, 48);
  bytes.writeUInt32LE(1, 76);
  const name = Buffer.from('EncryptedPackage\0', 'utf16le');
  name.copy(bytes, 512);
  bytes.writeUInt16LE(name.length, 512 + 64);
  bytes.writeUInt32LE(0xfffffffe, 1024);
  return bytes;
}

/** One empty page. */
function emptyPdf(boxes: string): Buffer {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    `<< /Type /Page /Parent 2 0 R ${boxes} >>`,
  ];
  let text = '%PDF-1.6\n';
  const offsets = objects.map((object, index) => {
    const at = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(at).padStart(10, '0')} 00000 n \n`;
  });
  const table = `xref\n0 4\n0000000000 65535 f \n${offsets.join('')}trailer << /Size 4 /Root 1 0 R >>`;
  return Buffer.from(`${text}${table}\nstartxref\n${text.length}\n%%EOF\n`, 'latin1');
}

test('draws what readers show of a page, however large the sheet behind it is', async () => {
  // Whole, the sheet would have 350 million pixels.
  const path = write('sheet.pdf', emptyPdf('/MediaBox [0 0 14000 14000] /CropBox [100 100 400 250]'));
  const [page] = await convert(path, { target: 'png' });
  const { width, height } = await sharp(page?.bytes).metadata();
  assert.deepEqual([width, height], [400, 200]);
  const huge = write('huge.pdf', emptyPdf('/MediaBox [0 0 14000 14000]'));
  await assert.rejects(
    convert(huge, { target: 'png' }),
    (error) => isDomainError(error, 'MediaTooLarge') && error.details.limit === 'page-pixels',
  );
});

test('LibreOffice cannot change or swap the document it is given', async () => {
  await engine.prewarm();
  const [office] = offices();
  const inbox = readFileSync(`/proc/${office}/mountinfo`, 'latin1')
    .split('\n')
    .find((line) => line.includes(' /work/inbox '));
  assert.match(inbox ?? '', / \/work\/inbox ro,/);
});

test('reads no file and no address that a document names', async () => {
  const secret = write('secret.txt', 'for nobody else');
  const page = (target: string) =>
    `<html><body><p>seen</p><img src="${target}"><iframe src="${target}"></iframe><object data="${target}"></object></body></html>`;
  for (const target of [`file://${secret}`, 'file:///etc/shadow', 'http://192.0.2.1/']) {
    const [text] = await convert(write('links.html', page(target)), { target: 'txt' });
    assert.match(text?.bytes.toString() ?? '', /seen/);
    assert.doesNotMatch(text?.bytes.toString() ?? '', /for nobody else|root:/);
  }
});

test('refuses a document type definition that would grow without end, or names a file', async () => {
  const bodyOf = (type: string, text: string) =>
    `<?xml version="1.0"?>${type}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>${text}</w:t></w:r></w:p></w:body></w:document>`;
  const [plain] = await convert(write('plain.docx', packageOf(bodyOf('', 'plain'))), { target: 'txt' });
  assert.match(plain?.bytes.toString() ?? '', /plain/);
  for (const type of [
    `<!ENTITY a0 "lollollol">${Array.from({ length: 9 }, (_, index) => `<!ENTITY a${index + 1} "${`&a${index};`.repeat(10)}">`).join('')}`,
    '<!ENTITY a9 SYSTEM "file:///etc/passwd">',
  ]) {
    const bytes = packageOf(bodyOf(`<!DOCTYPE d [${type}]>`, '&a9;'));
    await assert.rejects(convert(write('bomb.docx', bytes), { target: 'txt' }), unreadable(/damaged/));
  }
});

/** The smallest Word document: a zip of stored entries. */
function packageOf(document: string): Buffer {
  const types = 'http://schemas.openxmlformats.org/package/2006';
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument';
  const main = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml';
  const entries: [string, string][] = [
    [
      '[Content_Types].xml',
      `<Types xmlns="${types}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="${main}"/></Types>`,
    ],
    [
      '_rels/.rels',
      `<Relationships xmlns="${types}/relationships"><Relationship Id="r" Type="${office}" Target="word/document.xml"/></Relationships>`,
    ],
    ['word/document.xml', document],
  ];
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, text] of entries) {
    const body = Buffer.from(text);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt32LE(crc32(body), 10);
    facts.writeUInt32LE(body.length, 14);
    facts.writeUInt32LE(body.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    files.push(Buffer.from('PK\x03\x04'), facts, Buffer.from(name), body);
    directory.push(Buffer.from('PK\x01\x02\x14\x00'), facts, place, Buffer.from(name));
    at += 30 + name.length + body.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...files, ...directory, end]);
}

test('refuses a document of too many pages', async () => {
  const strict = createDocumentEngine({ host, workers, size: 1, pages: 3 });
  const tooMany = (error: unknown) => isDomainError(error, 'MediaTooLarge') && error.details.limit === 'pages';
  const path = await docx('long.docx', 4);
  await assert.rejects(convert(path, { target: 'png' }, { engine: strict }), tooMany);
  const [pdf] = await convert(path, { target: 'pdf' });
  await assert.rejects(convert(write('long.pdf', pdf?.bytes ?? ''), { target: 'png' }, { engine: strict }), tooMany);
  await strict.close();
});

/** LibreOffice processes anywhere on the machine whose profile is in our folder. */
function offices(): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return (
        readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('soffice.bin') &&
        readFileSync(`/proc/${pid}/mountinfo`, 'latin1').includes(folder)
      );
    } catch {
      return false;
    }
  });
}

test('a LibreOffice that hangs is killed at the deadline, and the next document gets another', async () => {
  const others = offices();
  const impatient = createDocumentEngine({ host, workers, size: 1, wallMs: 5_000 });
  const path = await docx('hang.docx', 1);
  await impatient.prewarm();
  const hung = offices().filter((pid) => !others.includes(pid));
  assert.ok(hung.length > 0);
  // Stopped, it neither answers nor ends by itself.
  for (const pid of hung) process.kill(Number(pid), 'SIGSTOP');
  await assert.rejects(
    convert(path, { target: 'pdf' }, { engine: impatient }),
    (error) => isDomainError(error, 'MediaTooLarge') && error.details.limit === 'time',
  );
  assert.deepEqual(
    offices().filter((pid) => hung.includes(pid)),
    [],
  );
  // And so does one whose caller gives up.
  await impatient.prewarm();
  const caller = new AbortController();
  const cancelled = convert(path, { target: 'pdf' }, { engine: impatient, signal: caller.signal });
  caller.abort(new Error('cancelled'));
  await assert.rejects(cancelled, /cancelled/);
  assert.equal((await convert(path, { target: 'pdf' }, { engine: impatient })).length, 1);
  await impatient.close();
  assert.deepEqual(
    offices().filter((pid) => !others.includes(pid)),
    [],
    'closing leaves none behind',
  );
});

test('a LibreOffice that dies takes its place in the pool with it, and no later document for a damaged one', async () => {
  const others = offices();
  const mortal = createDocumentEngine({ host, workers, size: 1 });
  const path = await docx('mortal.docx', 1);
  await mortal.prewarm();
  for (const pid of offices().filter((each) => !others.includes(each))) process.kill(Number(pid), 'SIGKILL');
  // Whether the first one still meets the dead one or not is a matter of milliseconds.
  await convert(path, { target: 'pdf' }, { engine: mortal }).catch((error: unknown) => {
    assert.ok(isDomainError(error, 'EngineFailed'), String(error));
  });
  assert.equal((await convert(path, { target: 'pdf' }, { engine: mortal })).length, 1);
  assert.equal(mortal.starts, 2);
  await mortal.close();
});

test('gives the text of a spreadsheet as one file', async () => {
  const rows = Array.from({ length: 120 }, (_, row) => `row ${row},北京`).join('\n');
  const texts = await convert(write('text.csv', rows), { target: 'txt' });
  assert.equal(texts.length, 1);
  assert.match(texts[0]?.bytes.toString() ?? '', /row 0.*row 119/s);
});

test('its version names the programs that decide about its bytes', async () => {
  await convert(await docx('version.docx', 1), { target: 'pdf' });
  assert.match(engine.version, /^document-\d+-libreoffice-\d\S+-poppler-\d\S+$/);
});

test('its health names each program and nothing missing', async () => {
  const lines = await documentHealth(host);
  assert.deepEqual(
    lines.map(({ engine: name }) => name),
    ['libreoffice', 'libreoffice bridge', 'poppler', 'fonts'],
  );
  for (const { engine: name, version, missing } of lines) {
    assert.deepEqual(missing, [], name);
    assert.notEqual(version, '');
  }
});
