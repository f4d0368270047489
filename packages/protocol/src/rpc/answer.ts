import { escapeXml, PROLOG } from '../xml/index.ts';

/**
 * An answer as XML, made from what it is as JSON: members are elements, lists repeat their element. The vendor wraps
 * every list in one (`Users: {User: […]}`), so that both forms say the same.
 */
export function xmlAnswer(root: string, answer: Readonly<Record<string, unknown>>): string {
  return `${PROLOG}${element(root, answer)}`;
}

function element(name: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map((item) => element(name, item)).join('');
  if (typeof value !== 'object') return `<${name}>${escapeXml(String(value))}</${name}>`;
  const inside = Object.entries(value).map(([member, item]) => element(member, item));
  return `<${name}>${inside.join('')}</${name}>`;
}
