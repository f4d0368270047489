import { type FileHandle, open } from 'node:fs/promises';
import { documentExtensions } from '@millrace/process';
import { DomainError } from '../../domain/errors.ts';
import { type TextEncoding, textEncoding } from './plain-text.ts';

export type DocumentFamily = 'word' | 'sheets' | 'slides' | 'pdf';

/** How LibreOffice is to read a document. Always named: left to guess, it would print a damaged file as plain text. */
export interface DocumentKind {
  family: DocumentFamily;
  importFilter: string;
  importOptions?: string;
  /** Extension of the file LibreOffice is given. */
  extension: string;
  /** Of text that LibreOffice is to be given as UTF-8. */
  encoding?: TextEncoding;
  /** What the document is encrypted with. */
  password?: string;
}

const PDF: DocumentKind = { family: 'pdf', importFilter: '', extension: 'pdf' };

/** What a package may grow to; ordinary documents grow 5 to 20 times. */
const MOST_EXTRACTED_BYTES = 2 * 1024 ** 3;
const MOST_ENTRIES = 50_000;

/**
 * Tells what a document is by its content; its extension decides only between plain-text formats. Fails with
 * `MediaUnreadable` for what is empty, cut short, encrypted or no document, and with `MediaTooLarge` for a package that
 * would unpack to too much. With a `password`, an encrypted package is what its extension says.
 */
export async function documentKind(path: string, extension: string, password?: string): Promise<DocumentKind> {
  const kind = await kindOf(path, extension, password !== undefined);
  return password === undefined ? kind : { ...kind, password };
}

async function kindOf(path: string, extension: string, unlocks: boolean): Promise<DocumentKind> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  if (size === 0) throw unreadable('The document is empty.');
  const head = await read(file, 0, 4096);
  const start = head.toString('latin1');
  // Some programs write a few bytes before the header; readers look through the first 1,024.
  if (start.slice(0, 1024).includes('%PDF-')) return PDF;
  if (start.startsWith('PK')) return await packageKind(file, size);
  if (start.startsWith('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'))
    return await compoundKind(file, head, unlocks ? extension : undefined);
  if (start.startsWith('{\\rtf')) return { family: 'word', importFilter: 'Rich Text Format', extension: 'rtf' };
  const html = /^(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|head|body|meta)/i.test(start);
  if (html) return await textKind(file, size, 'html');
  if (['csv', 'txt', 'html', 'htm'].includes(extension)) return await textKind(file, size, extension);
  throw unreadable(`Its content is not that of a ${extension || 'document'} file.`);
}

/** The family an extension stands for; undefined when it is none of the vendor's. */
export function familyOf(extension: string): DocumentFamily | undefined {
  const families: DocumentFamily[] = ['word', 'slides', 'sheets', 'pdf'];
  return families.find((family) => documentExtensions[family].some((known) => known === extension));
}

function unreadable(reason: string): DomainError {
  return new DomainError('MediaUnreadable', { reason });
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** Office Open XML and OpenDocument: a zip whose directory, at its end, says what is inside. */
async function packageKind(file: FileHandle, size: number): Promise<DocumentKind> {
  const tailLength = Math.min(size, 65_557);
  const tail = await read(file, size - tailLength, tailLength);
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0 || end + 22 > tail.length) throw unreadable('The document is cut short or damaged.');
  const count = tail.readUInt16LE(end + 10);
  const length = tail.readUInt32LE(end + 12);
  const offset = tail.readUInt32LE(end + 16);
  if (count > MOST_ENTRIES || length > 16 * 1024 * 1024) {
    throw new DomainError('MediaTooLarge', { limit: 'entries', reason: 'The package holds too many entries.' });
  }
  if (offset + length > size) throw unreadable('The document is cut short or damaged.');
  const directory = await read(file, offset, length);
  const names = new Set<string>();
  let extracted = 0;
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50; ) {
    const nameLength = directory.readUInt16LE(at + 28);
    names.add(directory.toString('utf8', at + 46, at + 46 + nameLength));
    extracted += directory.readUInt32LE(at + 24);
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  if (extracted > MOST_EXTRACTED_BYTES) {
    throw new DomainError('MediaTooLarge', {
      limit: 'extracted-bytes',
      reason: `The document unpacks to ${extracted} bytes; ${MOST_EXTRACTED_BYTES} are allowed.`,
    });
  }
  if (names.has('[Content_Types].xml')) {
    const has = (prefix: string) => [...names].some((name) => name.startsWith(prefix));
    if (has('word/')) return { family: 'word', importFilter: 'MS Word 2007 XML', extension: 'docx' };
    if (names.has('xl/workbook.bin')) {
      return { family: 'sheets', importFilter: 'Calc MS Excel 2007 Binary', extension: 'xlsb' };
    }
    if (has('xl/')) return { family: 'sheets', importFilter: 'Calc MS Excel 2007 XML', extension: 'xlsx' };
    if (has('ppt/')) return { family: 'slides', importFilter: 'Impress MS PowerPoint 2007 XML', extension: 'pptx' };
  }
  if (names.has('content.xml')) {
    const first = (await read(file, 0, 200)).toString('latin1');
    if (first.includes('opendocument.text')) return { family: 'word', importFilter: 'writer8', extension: 'odt' };
    if (first.includes('opendocument.spreadsheet'))
      return { family: 'sheets', importFilter: 'calc8', extension: 'ods' };
    if (first.includes('opendocument.presentation'))
      return { family: 'slides', importFilter: 'impress8', extension: 'odp' };
  }
  throw unreadable('It is a zip archive, but no document of a known kind.');
}

/** What is inside of an encrypted package nothing but its name says. */
const encryptedKinds: Readonly<Record<string, DocumentKind>> = {
  docx: { family: 'word', importFilter: 'MS Word 2007 XML', extension: 'docx' },
  xlsx: { family: 'sheets', importFilter: 'Calc MS Excel 2007 XML', extension: 'xlsx' },
  pptx: { family: 'slides', importFilter: 'Impress MS PowerPoint 2007 XML', extension: 'pptx' },
};

const NO_SECTOR = 0xfffffffa;

/** Each embedded object adds entries, and the document's own need not be the first; a directory may also be a circle. */
const MOST_DIRECTORY_SECTORS = 4096;

/** The formats of Office 97 to 2003, and encrypted packages of the later ones: a file system inside a file. */
async function compoundKind(file: FileHandle, head: Buffer, encryptedAs?: string): Promise<DocumentKind> {
  if (head.length < 512) throw unreadable('The document is cut short or damaged.');
  const shift = head.readUInt16LE(30);
  if (shift !== 9 && shift !== 12) throw unreadable('The document is cut short or damaged.');
  const sectorSize = 2 ** shift;
  const entries = new Set<string>();
  let sector = head.readUInt32LE(48);
  for (let step = 0; step < MOST_DIRECTORY_SECTORS && sector < NO_SECTOR; step++) {
    const bytes = await read(file, (sector + 1) * sectorSize, sectorSize);
    if (bytes.length < sectorSize) throw unreadable('The document is cut short or damaged.');
    for (let at = 0; at + 128 <= bytes.length; at += 128) {
      const nameBytes = Math.min(64, bytes.readUInt16LE(at + 64));
      if (nameBytes > 2) entries.add(bytes.toString('utf16le', at, at + nameBytes - 2));
    }
    // The first 109 sectors of the allocation table are named in the header, and cover the directory of any usual file.
    const tableIndex = Math.floor((sector * 4) / sectorSize);
    if (tableIndex >= 109) break;
    const table = head.readUInt32LE(76 + tableIndex * 4);
    if (table >= NO_SECTOR) break;
    const next = await read(file, (table + 1) * sectorSize + ((sector * 4) % sectorSize), 4);
    if (next.length < 4) break;
    sector = next.readUInt32LE(0);
  }
  const sealed = entries.has('EncryptedPackage') ? encryptedKinds[encryptedAs ?? ''] : undefined;
  if (sealed) return sealed;
  if (entries.has('EncryptedPackage')) throw unreadable('The document is encrypted; store it without its password.');
  if (entries.has('WordDocument')) return { family: 'word', importFilter: 'MS Word 97', extension: 'doc' };
  if (entries.has('Workbook') || entries.has('Book')) {
    return { family: 'sheets', importFilter: 'MS Excel 97', extension: 'xls' };
  }
  if (entries.has('PowerPoint Document')) {
    return { family: 'slides', importFilter: 'MS PowerPoint 97', extension: 'ppt' };
  }
  throw unreadable('It is a compound file, but no document of a known kind.');
}

/** Plain text. A page of HTML may say itself how it is written. */
async function textKind(file: FileHandle, size: number, extension: string): Promise<DocumentKind> {
  const sample = await read(file, 0, Math.min(size, 1024 * 1024));
  const encoding = textEncoding(sample);
  if (encoding === undefined) throw unreadable(`Its content is not that of a ${extension} file.`);
  if (extension === 'csv') {
    // Field separator, quote, character set (76: UTF-8), first line.
    const importOptions = '44,34,76,1';
    return { family: 'sheets', importFilter: 'Text - txt - csv (StarCalc)', importOptions, extension: 'csv', encoding };
  }
  if (extension === 'txt') {
    const importOptions = 'UTF8,LF,,,';
    return { family: 'word', importFilter: 'Text (encoded)', importOptions, extension: 'txt', encoding };
  }
  const declared = /<meta[^>]{1,200}charset/i.test(sample.subarray(0, 4096).toString('latin1'));
  const told = declared && !encoding.startsWith('utf-16');
  return {
    family: 'word',
    importFilter: 'HTML (StarWriter)',
    extension: 'html',
    ...(told ? {} : { encoding }),
  };
}
