import { bool, optional as optionalElement, struct, text as textElement, xmlDocument } from '../xml/index.ts';
import { flag, text } from './codecs.ts';
import { header, optional, query, stream, xmlBody } from './fields.ts';
import { operation } from './operation.ts';

/** A statement has at most 16 KiB; base64 and the elements around it stay far below this. */
const LIMIT = 128 * 1024;

const element = optionalElement(textElement);
const yesOrNo = optionalElement(bool);

/**
 * Delimiters and quotes are base64 on the wire. They and the words stay text here: each has an error classification of its
 * own, and clients differ in capitals.
 */
const inputSerialization = optionalElement(
  struct({
    CompressionType: element,
    CSV: optionalElement(
      struct({
        FileHeaderInfo: element,
        RecordDelimiter: element,
        FieldDelimiter: element,
        QuoteCharacter: element,
        CommentCharacter: element,
        Range: element,
        AllowQuotedRecordDelimiter: yesOrNo,
      }),
    ),
    JSON: optionalElement(struct({ Type: element, Range: element, ParseJsonNumberAsString: yesOrNo })),
  }),
);

const selectRequest = xmlDocument(
  'SelectRequest',
  struct({
    Expression: element,
    InputSerialization: inputSerialization,
    OutputSerialization: optionalElement(
      struct({
        CSV: optionalElement(struct({ RecordDelimiter: element, FieldDelimiter: element, QuoteCharacter: element })),
        JSON: optionalElement(struct({ RecordDelimiter: element })),
        KeepAllColumns: yesOrNo,
        OutputRawData: yesOrNo,
        EnablePayloadCrc: yesOrNo,
        OutputHeader: yesOrNo,
      }),
    ),
    Options: optionalElement(struct({ SkipPartialDataRecord: yesOrNo, MaxSkippedRecordsAllowed: element })),
  }),
);

const metaRequest = (root: string) =>
  xmlDocument(root, struct({ InputSerialization: inputSerialization, OverwriteIfExists: yesOrNo }));

const versioned = { versionId: optional(query('versionId', text)) };

/** Frames (`select-frames.ts`), or bare rows where `raw` says so. */
const output = {
  contentType: header('Content-Type', text),
  raw: optional(header('x-oss-select-output-raw', flag)),
  body: stream,
};

/** The parameter by itself means ProcessObject; its value makes these of it. */
const selectPage = 'https://www.alibabacloud.com/help/en/oss/developer-reference/selectobject';
const metaPage = 'https://www.alibabacloud.com/help/en/oss/developer-reference/createselectobjectmeta';

const select = (name: string, format: 'csv' | 'json') =>
  operation({
    name,
    method: 'POST',
    level: 'object',
    select: ['x-oss-process', `x-oss-process=${format}/select`],
    status: 206,
    action: 'oss:GetObject',
    versionAction: 'oss:GetObjectVersion',
    page: selectPage,
    input: { ...versioned, range: optional(header('range', text)), body: xmlBody(selectRequest, LIMIT) },
    output,
    errors: [
      'NoSuchKey',
      'NoSuchVersion',
      'InvalidObjectState',
      'InvalidSqlParameter',
      'InvalidSelectData',
      'InvalidArgument',
    ],
  });

const count = (name: string, format: 'csv' | 'json', root: string) =>
  operation({
    name,
    method: 'POST',
    level: 'object',
    select: ['x-oss-process', `x-oss-process=${format}/meta`],
    action: 'oss:GetObject',
    versionAction: 'oss:GetObjectVersion',
    page: metaPage,
    input: { ...versioned, body: xmlBody(metaRequest(root), LIMIT) },
    output,
    errors: ['NoSuchKey', 'NoSuchVersion', 'InvalidObjectState', 'InvalidSelectData', 'InvalidArgument'],
  });

/** The rows of a CSV object that a statement asks for. */
export const selectObject = select('SelectObject', 'csv');
/** The values of a JSON object that a statement asks for. */
export const selectJsonObject = select('SelectJsonObject', 'json');
/** Counts the rows, columns and splits of a CSV object. */
export const createSelectObjectMeta = count('CreateSelectObjectMeta', 'csv', 'CsvMetaRequest');
/** Counts the values and splits of an object of JSON lines. */
export const createSelectJsonObjectMeta = count('CreateSelectJsonObjectMeta', 'json', 'JsonMetaRequest');
