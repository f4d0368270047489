import { ProcessError } from '../process-error.ts';

/** `name,argument,argument`: arguments as written, nothing decoded. */
export interface ActionText {
  name: string;
  arguments: string[];
}

/** `family/action/action`: what is done to one object. `family` is undefined when the text has none (`notify,topic_…`). */
export interface StageText {
  family: string | undefined;
  actions: ActionText[];
}

/** A process string, taken apart and not yet understood: stages separated by `|`. */
export interface ProcessText {
  stages: StageText[];
}

export interface GrammarLimits {
  /** Characters in the whole string. */
  length: number;
  /** `|` signs in the whole string. */
  pipes: number;
  /** Actions in one stage. */
  actions: number;
}

/** The vendor's own limits are not published; these hold every documented use many times over. */
export const grammarLimits: GrammarLimits = { length: 16_384, pipes: 4, actions: 64 };

/**
 * Inside `sys/…` a `/` separates actions only where one of these follows; anywhere else it belongs to a value, because
 * clients send standard base64 there and that alphabet has `/`.
 */
const SYSTEM_ACTION = /\/(?=(?:saveas|notify)(?:[,/]|$))/;

/** The same holds for the operands of `concat`, whose keys are documented as URL-safe base64 and sent as either. */
const OPERAND = /\/(?=(?:pre|sur)(?:[,/]|$))/;

/**
 * Takes a process string apart. `format(parse(text)) === text` for every text that parses.
 * Fails with `ProcessError` when the text is empty or over a limit.
 */
export function parse(text: string, limits: GrammarLimits = grammarLimits): ProcessText {
  if (text === '') throw malformed(text, 'It must not be empty.');
  if (text.length > limits.length) throw malformed(text, `It must not be longer than ${limits.length} characters.`);
  const stages = text.split('|');
  if (stages.length - 1 > limits.pipes) throw malformed(text, `It must not have more than ${limits.pipes} pipes.`);
  return {
    stages: stages.map((stage) => {
      const parsed = parseStage(stage);
      if (parsed.actions.length > limits.actions) {
        throw malformed(text, `A stage must not have more than ${limits.actions} actions.`);
      }
      return parsed;
    }),
  };
}

function parseStage(text: string): StageText {
  const slash = text.indexOf('/');
  const comma = text.indexOf(',');
  // A family is a name: a comma before the first slash means that there is none and that the slash is part of a value.
  const named = slash >= 0 && (comma < 0 || slash < comma);
  const family = named ? text.slice(0, slash) : undefined;
  const rest = named ? text.slice(slash + 1) : text;
  const actions = rest.split(separator(family, rest));
  return {
    family,
    actions: actions.map((action) => {
      const [name = '', ...values] = action.split(',');
      return { name, arguments: values };
    }),
  };
}

function separator(family: string | undefined, rest: string): string | RegExp {
  if (family === undefined || family === 'sys') return SYSTEM_ACTION;
  return /^concat(?:[,/]|$)/.test(rest) ? OPERAND : '/';
}

function malformed(text: string, reason: string): ProcessError {
  return new ProcessError({ kind: 'invalid', operation: '', parameter: 'process', value: text, reason });
}
