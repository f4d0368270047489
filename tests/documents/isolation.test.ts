/** Documents that name other files and addresses, or bring macros along: nothing of that is looked at, asked for or run. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startServer } from '@millrace/testkit';
import { Conversions } from './conversions.ts';
import { pdfTexts } from './inspect.ts';
import { openDocument } from './make/open-document.ts';
import { firstOwnObject, pdfPages, pdfText } from './make/pdf.ts';
import { xlsx } from './make/sheets.ts';
import { pptx, slidePicture, textBox } from './make/slides.ts';
import { docx, field, paragraph, picture } from './make/word.ts';

const SEEN = 'seen';
const SECRET = 'forNobodyElse';

/** Documents that want `address`, in all the ways that formats have. */
function wishful(address: string): Record<string, Uint8Array> {
  const external = (type: string) => [{ id: 'x', type, target: address, external: true }];
  const macro = `<?xml version="1.0"?><script:module xmlns:script="http://openoffice.org/2000/script" script:name="M" script:language="StarBasic">Sub Main\nShell("/usr/bin/wget ${address}")\nThisComponent.Text.String = "${SECRET}"\nEnd Sub</script:module>`;
  const library =
    '<?xml version="1.0"?><library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" library:readonly="false" library:passwordprotected="false"><library:element library:name="M"/></library:library>';
  const libraries =
    '<?xml version="1.0"?><library:libraries xmlns:library="http://openoffice.org/2000/library" xmlns:xlink="http://www.w3.org/1999/xlink"><library:library library:name="Standard" library:link="false"/></library:libraries>';
  return {
    'picture.docx': docx(paragraph(SEEN) + picture('x', 5, 5, { link: true }), { relationships: external('image') }),
    'fields.docx': docx(paragraph(SEEN) + field(`INCLUDEPICTURE "${address}" \\d`) + field(`INCLUDETEXT "${address}"`)),
    'piece.docx': docx(`${paragraph(SEEN)}<w:altChunk r:id="x"/>`, { relationships: external('aFChunk') }),
    'picture.pptx': pptx([{ shapes: textBox(SEEN) + slidePicture('x', 'link'), relationships: external('image') }]),
    'formulas.xlsx': xlsx([
      {
        name: 'S',
        rows: [[SEEN, `=WEBSERVICE("${address}")`, `='${address}'#$Sheet1.A1`, `=HYPERLINK("${address}")`]],
      },
    ]),
    'section.odt': openDocument(
      'text',
      `<text:p>${SEEN}</text:p><text:section text:name="s"><text:section-source xlink:href="${address}"/><text:p/></text:section><text:p><draw:frame svg:width="5cm" svg:height="5cm"><draw:image xlink:href="${address}"/></draw:frame></text:p>`,
    ),
    'linked.ods': openDocument(
      'spreadsheet',
      `<table:table table:name="One"><table:table-source xlink:href="${address}"/><table:table-row><table:table-cell office:value-type="string"><text:p>${SEEN}</text:p></table:table-cell><table:table-cell table:formula='of:=WEBSERVICE("${address}")'/></table:table-row></table:table>`,
    ),
    'macro.odt': openDocument('text', `<text:p>${SEEN}</text:p>`, {
      scripts:
        '<office:scripts><office:event-listeners><script:event-listener script:language="ooo:script" script:event-name="dom:load" xlink:href="vnd.sun.star.script:Standard.M.Main?language=Basic&amp;location=document"/></office:event-listeners></office:scripts>',
      files: [
        { name: 'Basic/script-lc.xml', body: libraries, type: 'text/xml' },
        { name: 'Basic/Standard/script-lb.xml', body: library, type: 'text/xml' },
        { name: 'Basic/Standard/M.xml', body: macro, type: 'text/xml' },
      ],
    }),
    'fields.rtf': Buffer.from(
      `{\\rtf1\\ansi ${SEEN} {\\field{\\*\\fldinst INCLUDEPICTURE "${address}" \\\\d}{\\fldrslt }}{\\field{\\*\\fldinst INCLUDETEXT "${address}"}{\\fldrslt }}\\par}`,
    ),
    'elements.html': Buffer.from(
      `<html><head><meta charset="utf-8"><link rel="stylesheet" href="${address}"><style>@import url(${address}); body { background: url(${address}) }</style></head><body background="${address}"><p>${SEEN}</p><img src="${address}"><iframe src="${address}"></iframe><object data="${address}"></object><embed src="${address}"></body></html>`,
    ),
    'actions.pdf': pdfPages({
      contents: [pdfText(SEEN)],
      catalogue: `/OpenAction ${firstOwnObject(1)} 0 R`,
      objects: [`<< /S /URI /URI (${address}) /Next << /S /Launch /F (${address}) >> >>`],
    }),
  };
}

test('what documents link to is neither fetched nor read, and their macros do not run', {
  timeout: 300_000,
}, async (t) => {
  const asked: string[] = [];
  const listener = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end(SECRET);
  });
  listener.on('connection', () => asked.push('a connection'));
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  t.after(() => listener.close());
  const folder = await mkdtemp(join(tmpdir(), 'millrace-secret-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const secret = join(folder, 'secret.txt');
  await writeFile(secret, SECRET);
  const { port } = listener.address() as AddressInfo;

  const conversions = new Conversions(await startServer({ test: t }));
  await conversions.prepare();
  const tasks = new Map<string, string>();
  for (const [place, address] of Object.entries({
    remote: `http://127.0.0.1:${port}/wanted`,
    local: `file://${secret}`,
    system: 'file:///etc/passwd',
  })) {
    for (const [name, bytes] of Object.entries(wishful(address))) {
      const key = `${place}/${name}`;
      await conversions.put(key, bytes);
      tasks.set(key, await conversions.submit(key, 'doc/convert,target_pdf', `out/${key}.pdf`));
    }
  }
  await conversions.ended([...tasks.values()], 240_000);
  for (const [key, task] of tasks) {
    const [end] = conversions.heard.get(task) ?? [];
    // A text that is included may be one that cannot be read; to give up on it shows nothing of it either.
    if (key.startsWith('system/') && end?.Status === 'Failed') continue;
    assert.equal(end?.Status, 'Succeeded', `${key}: ${end?.Message}`);
    const text = (await pdfTexts(await conversions.get(`out/${key}.pdf`))).join('');
    assert.ok(text.includes(SEEN), `${key} has lost its own text: ${text}`);
    assert.ok(!text.includes(SECRET) && !text.includes('root:'), `${key} shows what it links to: ${text}`);
  }
  assert.deepEqual(asked, [], 'nobody has connected');
});
