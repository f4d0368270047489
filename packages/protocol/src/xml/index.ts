export { escapeXml } from './escape.ts';
export {
  bool,
  int,
  list,
  mixed,
  optional,
  PROLOG,
  type Shape,
  type ShapeValue,
  struct,
  text,
  time,
  word,
  wordAnyCase,
  type XmlDocument,
  xmlDocument,
} from './shape.ts';
export { parseXml, XmlError, type XmlLimits, type XmlNode } from './tree.ts';
