import { declarationOf, type OperationDeclaration, type ParameterSet, ProcessError, parse } from '@millrace/process';
import { type Pixels, sizeAfter } from './resulting-size.ts';

/** One operation of a process string, in words. */
export interface ExplainedStep {
  /** `image/resize` */
  operation: string;
  summary: string;
  /** What was written, and what it means; `problem` says why a service would refuse it. */
  parameters: { name: string; value: string; meaning: string; problem?: string }[];
  /** Of the picture after this step, where that follows from the size before. */
  size: Pixels | undefined;
}

/**
 * Takes an existing process string apart and says what each step does. @param source the size of the picture it starts
 * from, to follow it through the steps. Throws `ProcessError` for what cannot be read.
 */
export function explain(text: string, source?: Pixels): ExplainedStep[] {
  let size = source;
  return parse(text).stages.flatMap(({ family = 'sys', actions }) => {
    let whole: OperationDeclaration | undefined;
    return actions.map((action): ExplainedStep => {
      const operation = `${family}/${action.name}`;
      if (family === 'style') {
        size = undefined;
        return {
          operation,
          summary: 'Do what the style of this name says, which the bucket keeps.',
          parameters: [],
          size,
        };
      }
      const part = whole?.parts[action.name];
      if (part) {
        const summary = 'Another file to join.';
        return { operation, summary, parameters: inWords(part, action.arguments), size: undefined };
      }
      whole = declarationOf(operation);
      if (!whole) {
        const reason = 'There is no such operation.';
        throw new ProcessError({ kind: 'invalid', operation, parameter: 'process', value: operation, reason });
      }
      const parameters = inWords(whole.params, action.arguments);
      if (parameters.some(({ problem }) => problem !== undefined)) size = undefined;
      size = size && sizeAfter(operation, new Map(parameters.map(({ name, value }) => [name, value])), size);
      return { operation, summary: whole.summary, parameters, size: family === 'image' ? size : undefined };
    });
  });
}

function inWords(params: ParameterSet, written: readonly string[]): ExplainedStep['parameters'] {
  return written.map((argument) => {
    const split = argument.indexOf('_');
    const [name, text] = split < 0 ? ['value', argument] : [argument.slice(0, split), argument.slice(split + 1)];
    const reading = params[name]?.type.read(text);
    // Names and texts are written in base64.
    const value = reading && 'value' in reading && typeof reading.value === 'string' ? reading.value : text;
    const meaning = params[name]?.summary ?? 'Not known: it is ignored.';
    return { name, value, meaning, ...(reading && 'reason' in reading ? { problem: reading.reason } : {}) };
  });
}
