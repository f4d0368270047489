import { distinguishesOutputs, parseTargetName, renderTargetName, sourceVariables } from '@millrace/process';
import type { MediaFamily, MediaOutput } from '../ports/media-engine.ts';
import { inOurWords } from './process-text.ts';
import { extensionOf } from './source.ts';

/** What the variables of a target name that do not depend on outputs stand for. Times are UTC. */
export function sourceValues(source: {
  bucket: string;
  key: string;
  lastModifiedMs: number;
  taskMs: number;
}): Record<string, string> {
  const { bucket, key } = source;
  const slash = key.lastIndexOf('/');
  const basename = key.slice(slash + 1);
  const dot = basename.lastIndexOf('.');
  return {
    bucket,
    key,
    dirname: key.slice(0, Math.max(0, slash)),
    basename,
    barename: dot < 0 ? basename : basename.slice(0, dot),
    ext: dot < 0 ? '' : basename.slice(dot + 1),
    ...timeValues('', source.lastModifiedMs),
    ...timeValues('t_', source.taskMs),
  };
}

function timeValues(prefix: string, ms: number): Record<string, string> {
  const [year = '', mon = '', day = '', hour = '', min = '', sec = ''] = new Date(ms).toISOString().split(/[-T:.]/);
  return Object.fromEntries(
    Object.entries({ year, mon, day, hour, min, sec }).map(([name, text]) => [prefix + name, text]),
  );
}

/**
 * The key of one output. "Media, no extension: the system appends `_{streamindex}_{index}.ext`", unless the name has a
 * variable of its own that tells outputs apart.
 */
export function targetKey(
  template: string,
  variables: readonly string[],
  values: Readonly<Record<string, string>>,
  output: Pick<MediaOutput, 'extension' | 'variables'>,
  family: MediaFamily,
): string {
  const name = inOurWords(() => parseTargetName(template, 'o', variables));
  const all = { ...values, autoext: output.extension, ...output.variables };
  const key = renderTargetName(name, all);
  // A dot in what a source is called does not make an extension: `frames/{barename}` has none for `v1.2.mp4` either.
  const dotless = { ...all, barename: '-', bucket: '-', dirname: '-' };
  const extension = extensionOf(renderTargetName(name, dotless));
  const bare = (family === 'video' || family === 'audio') && extension === '' && !distinguishesOutputs(name);
  if (!bare) return key;
  const { streamindex = '0', index = '1' } = output.variables;
  return `${key}_${streamindex}_${index}.${output.extension}`;
}

/** The bucket a target name stands for: it has source variables only. */
export function targetBucket(template: string, values: Readonly<Record<string, string>>): string {
  return renderTargetName(
    inOurWords(() => parseTargetName(template, 'b', sourceVariables)),
    values,
  );
}
