import { SaxesParser } from 'saxes';
import { carryControls } from './control-characters.ts';
import { parsePlain } from './plain-tree.ts';

/** One element. Attributes and namespace prefixes are dropped: neither OSS nor MNS gives them a meaning. */
export interface XmlNode {
  name: string;
  /** The character data directly inside, CDATA included, unchanged (not trimmed). */
  text: string;
  children: XmlNode[];
}

export interface XmlLimits {
  /** How deep elements may nest. */
  depth?: number;
  /** How many elements there may be: 10,000 parts of a multipart upload are 30,000 elements. */
  elements?: number;
  /** UTF-16 code units of the whole document. */
  length?: number;
  /** Control characters, raw or as references, are text and no fault: for documents that hold object keys. */
  controls?: boolean;
}

/** The document is not well-formed, is forbidden, or does not have the expected shape. The message is fit for clients. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
}

/**
 * Parses a document into a tree. Document types are refused outright, so no entity beyond the five of XML itself can be
 * defined or fetched.
 */
export function parseXml(document: string, limits: XmlLimits = {}): XmlNode {
  const { depth = 32, elements = 65_536, length = 8 * 1024 * 1024, controls = false } = limits;
  if (document.length > length) throw new XmlError(`The XML document is longer than ${length} characters.`);
  const plain = parsePlain(document, { depth, elements });
  if (plain) return plain;
  // Of two errors the parser reports for one fault, the first is the one that says what is wrong.
  let fault: XmlError | undefined;
  let root: XmlNode | undefined;
  let count = 0;
  const open: XmlNode[] = [];
  const parser = new SaxesParser();
  parser.on('doctype', () => {
    throw new XmlError('A document type declaration is not allowed.');
  });
  parser.on('error', (error) => {
    fault ??= new XmlError(`The XML is not well-formed: ${error.message.slice(0, 200)}`);
    throw fault;
  });
  parser.on('opentag', (tag) => {
    count += 1;
    if (count > elements) throw new XmlError(`The XML document has more than ${elements} elements.`);
    if (open.length >= depth) throw new XmlError(`The XML elements are nested more than ${depth} deep.`);
    const node: XmlNode = { name: localName(tag.name), text: '', children: [] };
    const parent = open.at(-1);
    if (parent) parent.children.push(node);
    else root ??= node;
    open.push(node);
  });
  parser.on('closetag', () => {
    open.pop();
  });
  const sent = document.charCodeAt(0) === 0xfeff ? document.slice(1) : document;
  const carried = controls ? carryControls(sent) : undefined;
  const addText = (text: string): void => {
    const parent = open.at(-1);
    if (parent) parent.text += carried ? carried.restore(text) : text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  try {
    parser.write(carried?.document ?? sent).close();
  } catch (error) {
    if (error instanceof XmlError) throw error;
    throw new XmlError(`The XML is not well-formed: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!root) throw new XmlError('The XML document is empty.');
  return root;
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}
