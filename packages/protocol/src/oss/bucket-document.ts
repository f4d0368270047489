import type { XmlDocument } from '../xml/index.ts';
import type { OssErrorCode } from './errors.ts';
import { xmlBody } from './fields.ts';
import { operation } from './operation.ts';

interface More {
  errors?: readonly OssErrorCode[];
  action?: string;
}

/** Sets one thing on a bucket by a document, in place of what was set before. */
export const putDocument = <T>(name: string, subresource: string, document: XmlDocument<T>, more: More = {}) =>
  operation({
    name,
    method: 'PUT',
    level: 'bucket',
    select: [subresource],
    input: { body: xmlBody(document) },
    output: {},
    errors: ['MalformedXML'],
    ...more,
  });

/** Gives the same document back. */
export const getDocument = <T>(name: string, subresource: string, document: XmlDocument<T>, more: More = {}) =>
  operation({
    name,
    method: 'GET',
    level: 'bucket',
    select: [subresource],
    input: {},
    output: { result: xmlBody(document) },
    ...more,
  });

/** Takes the setting away; that there was none is no error. */
export const deleteDocument = (name: string, subresource: string, more: More = {}) =>
  operation({
    name,
    method: 'DELETE',
    level: 'bucket',
    select: [subresource],
    status: 204,
    input: {},
    output: {},
    ...more,
  });
