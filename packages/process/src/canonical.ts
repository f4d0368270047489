import { declarationOf, type Operation } from './catalogue/catalogue.ts';

/**
 * One spelling for all process strings that mean the same: declared order, every default written out, unknown keys gone.
 * It reads back as the same operations.
 */
export function canonical(stages: readonly (readonly Operation[])[]): string {
  return stages
    .map((operations) => {
      const [first] = operations;
      const family = first === undefined ? '' : first.name.slice(0, first.name.indexOf('/'));
      return `${family}/${operations.map(writeOperation).join('/')}`;
    })
    .join('|');
}

function writeOperation(operation: Operation): string {
  const values: Readonly<Record<string, unknown>> = operation.params;
  const written = Object.entries(declarationOf(operation.name)?.params ?? {}).flatMap(([name, parameter]) => {
    const value = values[name];
    if (value === undefined) return [];
    const text = parameter.type.write(value);
    return [name === 'value' ? text : `${name}_${text}`];
  });
  return [operation.name.slice(operation.name.indexOf('/') + 1), ...written].join(',');
}
