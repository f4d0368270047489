import { declarationOf, decodeBase64, ProcessError, parse, systemOperations } from '@millrace/process';

export interface Pixels {
  width: number;
  height: number;
}

/** One operation of a process string, in words. */
export interface ExplainedStep {
  /** `image/resize` */
  operation: string;
  summary: string;
  /** What was written, and what it means. */
  parameters: { name: string; value: string; meaning: string }[];
  /** Of the picture after this step, where that follows from the size before. */
  size: Pixels | undefined;
}

/**
 * Takes an existing process string apart and says what each step does. @param source the size of the picture it starts
 * from, to follow it through the steps. Throws `ProcessError` for what cannot be read.
 */
export function explain(text: string, source?: Pixels): ExplainedStep[] {
  let size = source;
  return parse(text).stages.flatMap(({ family = 'sys', actions }) =>
    actions.map((action) => {
      const operation = `${family}/${action.name}`;
      const declaration = declarationOf(operation);
      if (!declaration) {
        const reason = 'There is no such operation.';
        throw new ProcessError({ kind: 'invalid', operation, parameter: 'process', value: operation, reason });
      }
      const system = systemOperations.some(({ name }) => name === operation);
      const parameters = action.arguments.map((argument) => {
        const split = argument.indexOf('_');
        const bare = split < 0;
        const name = bare ? 'value' : argument.slice(0, split);
        const written = bare ? argument : argument.slice(split + 1);
        const decoded = system ? decodeBase64(written) : undefined;
        return {
          name,
          value: decoded ?? written,
          meaning: declaration.params[name]?.summary ?? 'Not known: it is ignored.',
        };
      });
      size = size && sizeAfter(operation, new Map(parameters.map(({ name, value }) => [name, value])), size);
      return { operation, summary: declaration.summary, parameters, size: family === 'image' ? size : undefined };
    }),
  );
}

function sizeAfter(operation: string, given: ReadonlyMap<string, string>, source: Pixels): Pixels | undefined {
  switch (operation) {
    case 'image/resize':
      return resized(given, source);
    case 'image/crop':
      return undefined;
    case 'image/rotate': {
      const angle = Number(given.get('value')) % 360;
      if (angle % 180 === 0) return source;
      return angle % 90 === 0 ? { width: source.height, height: source.width } : undefined;
    }
    case 'image/indexcrop':
    case 'image/circle':
    case 'image/auto-orient':
    case 'image/watermark':
      return operation === 'image/watermark' ? source : undefined;
    default:
      return source;
  }
}

/** As the vendor's page on scaling has it; pixels are rounded, and there is always one. */
function resized(given: ReadonlyMap<string, string>, { width, height }: Pixels): Pixels | undefined {
  const number = (name: string): number | undefined => (given.has(name) ? Number(given.get(name)) : undefined);
  const scaled = (factor: number): Pixels => ({
    width: Math.max(1, Math.round(width * factor)),
    height: Math.max(1, Math.round(height * factor)),
  });
  const mode = given.get('m') ?? 'lfit';
  const [w, h, l, s, p] = ['w', 'h', 'l', 's', 'p'].map(number);
  const enlarges = given.get('limit') === '0';
  if (w === undefined && h === undefined) {
    const factor =
      p !== undefined
        ? p / 100
        : l !== undefined
          ? l / Math.max(width, height)
          : s !== undefined
            ? s / Math.min(width, height)
            : 1;
    return factor > 1 && !enlarges && p === undefined ? { width, height } : scaled(factor);
  }
  const factors = [w === undefined ? undefined : w / width, h === undefined ? undefined : h / height].filter(
    (factor) => factor !== undefined,
  );
  const exact = w !== undefined && h !== undefined && ['fill', 'pad', 'fixed'].includes(mode);
  if (!enlarges && factors.some((factor) => factor > 1) && (exact || Math.min(...factors) > 1)) {
    return exact ? undefined : { width, height };
  }
  if (exact) return { width: w, height: h };
  return scaled(mode === 'mfit' || mode === 'fill' ? Math.max(...factors) : Math.min(...factors));
}
