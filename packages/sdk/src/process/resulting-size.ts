/** Sides in pixels. */
export interface Pixels {
  width: number;
  height: number;
}

/** As written, by name. */
type Given = ReadonlyMap<string, string>;

/** The size of a picture after an operation, by the vendor's rules; undefined where it depends on more than the size. */
export function sizeAfter(operation: string, given: Given, source: Pixels): Pixels | undefined {
  switch (operation) {
    case 'image/resize':
      return resized(given, source);
    case 'image/crop':
      return cropped(given, source);
    case 'image/indexcrop':
      return sliced(given, source);
    case 'image/circle':
      return circled(given, source);
    case 'image/rotate': {
      const degrees = Number(given.get('value')) % 360;
      if (degrees % 180 === 0) return source;
      return degrees === 90 || degrees === 270 ? { width: source.height, height: source.width } : undefined;
    }
    // It follows what the file says of itself.
    case 'image/auto-orient':
      return given.get('value') === '0' ? source : undefined;
    default:
      return source;
  }
}

const numberOf = (given: Given, name: string): number | undefined => {
  const text = given.get(name);
  return text === undefined ? undefined : Number(text);
};

/** Half up, and never to nothing. */
const round = (value: number): number => Math.max(1, Math.floor(value + 0.5));

function resized(given: Given, source: Pixels): Pixels {
  const { width: W, height: H } = source;
  const mode = given.get('m') ?? 'lfit';
  const by = (ratio: number): Pixels => ({ width: round(W * ratio), height: round(H * ratio) });
  // By default nothing is enlarged: then all stays as it is.
  const within = (target: Pixels): Pixels =>
    given.get('limit') !== '0' && (target.width > W || target.height > H) ? source : target;
  const [w, h, l, s, p] = ['w', 'h', 'l', 's', 'p'].map((name) => numberOf(given, name));
  let box: Pixels;
  if (w !== undefined && h !== undefined) box = { width: w, height: h };
  else if (w !== undefined || h !== undefined) {
    if (mode === 'lfit' || mode === 'mfit') {
      const ratio = w !== undefined ? w / W : (h ?? H) / H;
      return within({ ...by(ratio), ...(w === undefined ? { height: h ?? H } : { width: w }) });
    }
    const side = w ?? h ?? 1;
    box = { width: side, height: side };
  } else if (l !== undefined && s !== undefined) {
    box = W >= H ? { width: l, height: s } : { width: s, height: l };
  } else if (l !== undefined || s !== undefined) {
    const side = l ?? s ?? 1;
    const byWidth = l !== undefined ? W >= H : W < H;
    return within({ ...by(side / (byWidth ? W : H)), ...(byWidth ? { width: side } : { height: side }) });
  } else {
    return within(by((p ?? 100) / 100));
  }
  const ratios = [box.width / W, box.height / H];
  if (mode === 'lfit') return within(by(Math.min(...ratios)));
  if (mode === 'mfit') return within(by(Math.max(...ratios)));
  return within(box);
}

/** Columns and lines of the 3 by 3 grid that an origin may be in. */
const GRID = ['nw', 'north', 'ne', 'west', 'center', 'east', 'sw', 'south', 'se'];

function cropped(given: Given, { width: W, height: H }: Pixels): Pixels | undefined {
  const width = Math.min(numberOf(given, 'w') || W, W);
  const height = Math.min(numberOf(given, 'h') || H, H);
  const cell = Math.max(0, GRID.indexOf(given.get('g') ?? 'nw'));
  const left = Math.floor(((W - width) * (cell % 3)) / 2) + (numberOf(given, 'x') ?? 0);
  const top = Math.floor(((H - height) * Math.floor(cell / 3)) / 2) + (numberOf(given, 'y') ?? 0);
  // The service refuses it.
  if (left >= W || top >= H) return undefined;
  return { width: Math.min(width, W - left), height: Math.min(height, H - top) };
}

function sliced(given: Given, source: Pixels): Pixels {
  const [x, y, i = 0] = ['x', 'y', 'i'].map((name) => numberOf(given, name));
  const side = y ?? x ?? 1;
  const left = (y === undefined ? source.width : source.height) - i * side;
  // Past the last slice it is the whole picture.
  if (left <= 0) return source;
  return y === undefined ? { ...source, width: Math.min(side, left) } : { ...source, height: Math.min(side, left) };
}

function circled(given: Given, { width, height }: Pixels): Pixels {
  const shorter = Math.min(width, height);
  const r = numberOf(given, 'r') ?? shorter;
  const radius = r > shorter / 2 ? Math.max(0, Math.floor((shorter - 1) / 2)) : r;
  const side = Math.min(2 * radius + 1, shorter);
  return { width: side, height: side };
}
