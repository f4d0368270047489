import { badCases } from './bad-cases.ts';
import type { Case } from './case.ts';
import { openDocumentCases } from './open-document-cases.ts';
import { pdfCases } from './pdf-cases.ts';
import { savedCases } from './saved-cases.ts';
import { sheetCases } from './sheet-cases.ts';
import { slideCases } from './slide-cases.ts';
import { textCases } from './text-cases.ts';
import { wordCases } from './word-cases.ts';

/** Documents of every family, each with what must become of it. */
export const corpus: readonly (Case & { group: string })[] = Object.entries({
  word: wordCases,
  sheets: sheetCases,
  slides: slideCases,
  open: openDocumentCases,
  text: textCases,
  pdf: pdfCases,
  saved: savedCases,
  bad: badCases,
}).flatMap(([group, cases]) => cases.map((each) => ({ ...each, group })));
