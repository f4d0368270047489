import { list, struct, text, xmlDocument } from '../xml/index.ts';
import { text as textCodec } from './codecs.ts';
import { optional, query, xmlBody } from './fields.ts';
import { operation } from './operation.ts';

const styleName = query('styleName', textCodec);

/** A process string under a name of its own, to be used as `style/NAME`. */
export const putStyle = operation({
  name: 'PutStyle',
  method: 'PUT',
  level: 'bucket',
  select: ['style', 'styleName'],
  input: {
    styleName,
    category: optional(query('category', textCodec)),
    body: xmlBody(xmlDocument('Style', struct({ Content: text }))),
  },
  output: {},
  errors: ['InvalidArgument', 'MalformedXML'],
});

const style = struct({ Name: text, Content: text, Category: text, CreateTime: text, LastModifyTime: text });

export const getStyle = operation({
  name: 'GetStyle',
  method: 'GET',
  level: 'bucket',
  select: ['style', 'styleName'],
  input: { styleName },
  output: { result: xmlBody(xmlDocument('Style', style)) },
  errors: ['NoSuchStyle'],
});

export const deleteStyle = operation({
  name: 'DeleteStyle',
  method: 'DELETE',
  level: 'bucket',
  select: ['style', 'styleName'],
  status: 204,
  input: { styleName },
  output: {},
});

export const listStyle = operation({
  name: 'ListStyle',
  method: 'GET',
  level: 'bucket',
  select: ['style'],
  input: {},
  output: { result: xmlBody(xmlDocument('StyleList', struct({ Style: list(style) }))) },
});
