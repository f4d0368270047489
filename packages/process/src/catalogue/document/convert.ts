import { operation } from '../operation.ts';
import { oneOf, pageList } from '../vocabulary.ts';

/** Extensions the vendor lists, by family, and those of OpenDocument. */
export const documentExtensions = {
  word: ['doc', 'docx', 'docm', 'dot', 'dotx', 'dotm', 'wps', 'wpss', 'rtf', 'txt', 'html', 'htm', 'odt', 'ott'],
  slides: ['ppt', 'pptx', 'pptm', 'pot', 'potx', 'potm', 'pps', 'ppsx', 'ppsm', 'dps', 'dpt', 'dpss', 'odp', 'otp'],
  sheets: ['xls', 'xlsx', 'xlsm', 'xlsb', 'xlt', 'xltx', 'xltm', 'csv', 'et', 'ett', 'ets', 'ods', 'ots'],
  pdf: ['pdf'],
} as const;

const extensions = [
  ...documentExtensions.word,
  ...documentExtensions.slides,
  ...documentExtensions.sheets,
  ...documentExtensions.pdf,
];

export type DocumentExtension = (typeof extensions)[number];

export const docConvert = operation('doc/convert', {
  summary: 'Turn a document into PDF, page pictures or text.',
  door: 'async',
  params: {
    target: oneOf(['pdf', 'png', 'jpg', 'txt'], 'What to produce.'),
    source: oneOf(extensions, 'Type of the source; without it the extension of its key decides.').optional(),
    pages: pageList('Which pages; all without it. Pages past the end are ignored.').optional(),
  },
  examples: ['doc/convert,target_png,source_docx', 'doc/convert,target_pdf', 'doc/convert,target_jpg,pages_1,3-5'],
});
