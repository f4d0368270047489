import { declarationOf, isUnavailable } from './catalogue/catalogue.ts';
import type { OperationDeclaration } from './catalogue/operation.ts';
import type { ActionText } from './grammar/parse.ts';
import { ProcessError } from './process-error.ts';

/** An operation found in the catalogue, with its values checked against the declaration. */
export interface DecodedOperation {
  declaration: OperationDeclaration;
  params: Readonly<Record<string, unknown>>;
}

/** Finds the declaration of one action and reads its arguments, and those of the parts that follow it. */
export function decodeOperation(
  family: string,
  action: ActionText,
  following: readonly ActionText[] = [],
): DecodedOperation {
  const name = `${family}/${action.name}`;
  const declaration = declarationOf(name);
  if (declaration === undefined) throw unknown(family, action.name, name);
  return { declaration, params: readParams(declaration, action, partsOf(declaration, following)) };
}

/** How many of the actions behind an operation are parts of it. */
export function partsBehind(family: string, action: ActionText, following: readonly ActionText[]): number {
  const names = Object.keys(declarationOf(`${family}/${action.name}`)?.parts ?? {});
  const end = following.findIndex(({ name }) => !names.includes(name));
  return end < 0 ? following.length : end;
}

function partsOf(declaration: OperationDeclaration, actions: readonly ActionText[]): Record<string, unknown[]> {
  const values: Record<string, unknown[]> = {};
  for (const name of Object.keys(declaration.parts)) values[name] = [];
  for (const action of actions) {
    const params = declaration.parts[action.name];
    if (params === undefined) continue;
    const part = { ...declaration, params, parts: {}, rules: [], strict: true };
    values[action.name]?.push(readParams(part, action, {}));
  }
  return values;
}

function unknown(family: string, action: string, name: string): ProcessError {
  if (isUnavailable(name)) {
    return new ProcessError({
      kind: 'unsupported',
      operation: name,
      parameter: 'process',
      value: name,
      reason: 'this server does not offer it yet.',
    });
  }
  const reason = action === '' ? 'An operation must follow the family.' : 'There is no such operation.';
  return new ProcessError({ kind: 'invalid', operation: name, parameter: family || 'process', value: name, reason });
}

function readParams(
  declaration: OperationDeclaration,
  action: ActionText,
  parts: Readonly<Record<string, unknown[]>>,
): Readonly<Record<string, unknown>> {
  const absent = action.arguments.find((argument) => declaration.unavailable.includes(argument));
  if (absent !== undefined) throw unavailable(declaration.name, absent);
  const written = assign(declaration, action);
  const params: Record<string, unknown> = { ...parts };
  for (const [name, parameter] of Object.entries(declaration.params)) {
    const text = written.get(name);
    if (text === undefined) {
      if (parameter.presence === 'required') {
        throw fault(declaration, shown(action, name), '', 'It is required.', 'missing');
      }
      if (parameter.presence === 'default') params[name] = parameter.fallback;
      continue;
    }
    const reading = parameter.type.read(text);
    if ('reason' in reading) throw fault(declaration, shown(action, name), text, reading.reason);
    params[name] = reading.value;
  }
  const given = { has: (name: string) => written.has(name), value: (name: string) => params[name] };
  for (const rule of declaration.rules) {
    const broken = rule.check(given);
    if (broken !== undefined) {
      const lack = broken.cure === 'add' ? 'missing' : undefined;
      throw fault(declaration, broken.parameter, written.get(broken.parameter) ?? '', broken.reason, lack);
    }
  }
  return params;
}

/** Which parameter each argument belongs to. */
function assign(declaration: OperationDeclaration, action: ActionText): Map<string, string> {
  const { params, strict } = declaration;
  const named = Object.keys(params).filter((name) => name !== 'value');
  const positional = 'value' in params;
  const written = new Map<string, string>();
  const put = (name: string, text: string): void => {
    if (written.has(name) && (strict || name === 'value')) {
      throw fault(declaration, shown(action, name), text, 'It must be given once.', 'repeated');
    }
    written.set(name, text);
  };
  // The vendor's examples and suites end some operations in a comma.
  const values = action.arguments.at(-1) === '' ? action.arguments.slice(0, -1) : action.arguments;
  let open: string | undefined;
  for (const text of values) {
    // "Split at the first _": URL-safe base64 has `_` in values.
    const split = text.indexOf('_');
    const name = split < 0 ? text : text.slice(0, split);
    if (open !== undefined && params[open]?.type.continues?.(text)) {
      written.set(open, `${written.get(open) ?? ''},${text}`);
    } else if (split >= 0 && named.includes(name)) {
      put(name, text.slice(split + 1));
      open = name;
    } else if (split < 0 && named.includes(text)) {
      throw fault(declaration, text, '', 'It needs a value, written after a _.');
    } else if (positional && (split < 0 || named.length === 0)) {
      // `format,f_png` is answered with "The value: f of parameter: f is invalid."
      if (split >= 0) throw fault(declaration, name, name, `${declaration.name} takes one bare value.`);
      put('value', text);
    } else if (split < 0) {
      throw fault(declaration, shown(action, text), text, 'Parameters are written key_value.');
    } else if (strict) {
      const known = named.length === 0 ? 'no parameters' : `the parameters ${named.join(', ')}`;
      throw fault(declaration, name, text.slice(split + 1), `${declaration.name} takes ${known}.`);
    } else {
      open = undefined;
    }
  }
  return written;
}

/** A bare value has no name on the wire: messages call it by its operation. */
const shown = (action: ActionText, name: string): string => (name === 'value' || name === '' ? action.name : name);

function unavailable(operation: string, value: string): ProcessError {
  const reason = `${value} needs a model that recognises what is in a picture, and there is none here.`;
  return new ProcessError({ kind: 'unsupported', operation, parameter: value.slice(0, 1), value, reason });
}

function fault(
  declaration: OperationDeclaration,
  parameter: string,
  value: string,
  reason: string,
  lack?: ProcessError['lack'],
): ProcessError {
  return new ProcessError({ kind: 'invalid', operation: declaration.name, parameter, value, reason, lack });
}
