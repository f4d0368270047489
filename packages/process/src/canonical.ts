import { declarationOf, type Operation } from './catalogue/catalogue.ts';
import type { ParameterSet } from './catalogue/operation.ts';

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
  const declaration = declarationOf(operation.name);
  const parts = Object.entries(declaration?.parts ?? {}).flatMap(([name, params]) => {
    const list = values[name];
    return (Array.isArray(list) ? list : []).map((part) => [name, ...writeArguments(params, part)].join(','));
  });
  const name = operation.name.slice(operation.name.indexOf('/') + 1);
  return [[name, ...writeArguments(declaration?.params ?? {}, values)].join(','), ...parts].join('/');
}

function writeArguments(params: ParameterSet, values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(params).flatMap(([name, parameter]) => {
    const value = values[name];
    if (value === undefined) return [];
    const text = parameter.type.write(value);
    return [name === 'value' ? text : `${name}_${text}`];
  });
}
