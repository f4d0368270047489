/** Part of a page, in hundredths of its width and height from the top left. */
export type Area = readonly [left: number, top: number, right: number, bottom: number];

export interface Ink {
  page: number;
  /** The whole page without it. */
  area?: Area;
  /** The colour to look for; anything that is not white without it. */
  colour?: readonly [red: number, green: number, blue: number];
  /** Percent of the area's pixels. */
  least?: number;
  most?: number;
}

export interface Converted {
  /** How many; or between how many, where fonts decide. */
  pages: number | readonly [least: number, most: number];
  /** Texts found on a page, spaces and line breaks aside. */
  texts?: readonly (readonly [page: number, text: string])[];
  /** Texts found on none. */
  absent?: readonly string[];
  ink?: readonly Ink[];
  /** Pages that have nothing on them; all others must. */
  blank?: readonly number[];
  /** Of the first page's picture at 96 dots to the inch, give or take a pixel. */
  size?: readonly [width: number, height: number];
  /** What `{sheetname}` and `{index}` make of the pictures' names: `Prices/1_1`. */
  names?: readonly string[];
  /** Lines of text, by page and counted from 1, of which no two are drawn alike: nothing stands for a missing glyph. */
  unlike?: number;
  /** Why there are no pictures of it. */
  noPictures?: RegExp;
}

export interface Refused {
  refused: RegExp;
  /** Without it `InvalidArgument`. */
  code?: string;
}

export interface Case {
  /** With the extension that the object is to have. */
  name: string;
  make: () => Uint8Array | Promise<Uint8Array>;
  /** `source` of the process string, where the extension is none of the vendor's. */
  source?: string;
  expect: Converted | Refused;
  /** Only in the long version. */
  slow?: boolean;
}

export const isRefused = (expect: Converted | Refused): expect is Refused => 'refused' in expect;
