/** What is wrong in a process string: where, and with what. */
export interface ProcessFaultFacts {
  /** `image/resize`. */
  operation: string;
  parameter: string;
  value: string;
  lack?: 'missing' | 'repeated' | 'task' | undefined;
}

/** Classifications that count for each operation whatever its parameter is. */
const UNKNOWN_OPERATION = '213';
const NO_OPERATION = '212';
const SEVERAL_VALUES = '203';
const NESTED_WATERMARK = '373';
const NESTED_INFO = '374';

/** Numbers of the vendor's pages 0040-00000…, by operation and parameter; '' stands for any other, `missing` for none. */
const numbers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'image/resize': {
    m: '311',
    w: '312',
    h: '313',
    l: '314',
    s: '315',
    p: '317',
    color: '318',
    limit: '319',
    missing: '322',
  },
  'image/crop': { g: '209', w: '225', h: '226' },
  'image/indexcrop': { y: '224', i: '229', x: '230' },
  'image/circle': { r: '233', missing: '233' },
  'image/rounded-corners': { r: '237', missing: '237' },
  'image/blur': { r: '241', s: '242' },
  'image/bright': { '': '246', missing: '245' },
  'image/contrast': { '': '248' },
  'image/sharpen': { '': '280', missing: '280' },
  'image/rotate': { '': '217', missing: '216' },
  'image/auto-orient': { '': '215', missing: '214' },
  'image/format': { '': '206', missing: '207' },
  'image/quality': { Q: '308', q: '309', quality: '310', missing: '307' },
  'image/watermark': {
    t: '263',
    g: '260',
    x: '262',
    y: '264',
    voffset: '268',
    fill: '274',
    padx: '275',
    pady: '276',
    image: '265',
    type: '251',
    color: '254',
    size: '256',
    shadow: '255',
    rotate: '272',
    order: '269',
    align: '271',
    interval: '270',
  },
};

/** The letters of base64 in both alphabets. */
const BASE64 = /^[A-Za-z0-9+/_=-]+$/;

/** The vendor's classification (`EC`) of a fault in an image operation; undefined where none is known. */
export function classifyProcessFault({ operation, parameter, value, lack }: ProcessFaultFacts): string | undefined {
  const number = numberOf(operation, parameter, value, lack);
  return number === undefined ? undefined : `0040-00000${number}`;
}

function numberOf(
  operation: string,
  parameter: string,
  value: string,
  lack: ProcessFaultFacts['lack'],
): string | undefined {
  if (!operation.startsWith('image/')) return undefined;
  if (operation === 'image/') return NO_OPERATION;
  const known = numbers[operation];
  if (known === undefined) return parameter === 'image' ? UNKNOWN_OPERATION : undefined;
  if (lack === 'repeated') return SEVERAL_VALUES;
  if (lack === 'missing' && known.missing !== undefined) return known.missing;
  if (operation === 'image/watermark') {
    if (parameter === 'text') return value === '' ? '258' : BASE64.test(value) && value.length > 85 ? '259' : '257';
    if (parameter === 'type' && !BASE64.test(value)) return '250';
    if (parameter === 'image' && value === 'image/watermark') return NESTED_WATERMARK;
    if (parameter === 'image' && value === 'image/info') return NESTED_INFO;
    if (parameter === 'image' && value === 'pictures') return '026';
  }
  return known[parameter] ?? known[''];
}
