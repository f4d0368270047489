import type { Operation } from '@millrace/process';

/** What `format,auto` may become, best first: AVIF is smaller and takes ten times as long. */
const NEWER = [
  { value: 'webp', type: 'image/webp' },
  { value: 'avif', type: 'image/avif' },
] as const;

const isAuto = ({ name, params }: Operation): boolean => name === 'image/format' && params.value === 'auto';

export const dependsOnAccept = (stages: readonly (readonly Operation[])[]): boolean => stages.flat().some(isAuto);

/** Puts a format that the reader names in the place of `auto`. Where none is named, `auto` stays: what every browser shows. */
export function chooseFormats(stages: readonly Operation[][], accept = ''): Operation[][] {
  const accepted = accept.split(',').flatMap((part) => {
    const [type = '', ...parameters] = part.split(';').map((word) => word.trim().toLowerCase());
    return parameters.some((word) => /^q=0(\.0*)?$/.test(word)) ? [] : [type];
  });
  const found = NEWER.find(({ type }) => accepted.includes(type));
  if (!found) return stages.map((operations) => [...operations]);
  return stages.map((operations) =>
    operations.map((operation) =>
      isAuto(operation) ? { name: 'image/format', params: { value: found.value } } : operation,
    ),
  );
}
