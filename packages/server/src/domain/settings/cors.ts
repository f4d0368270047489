/** Which pages of other origins may do what with a bucket. The first rule that fits a request decides. */
export interface CorsSetting {
  rules: CorsRule[];
  /** Every answer says that it depends on the origin, whoever asked. */
  vary?: boolean;
}

export interface CorsRule {
  /** Each with at most one `*`. */
  origins: string[];
  methods: string[];
  /** Each with at most one `*`; capitals do not count. */
  headers: string[];
  /** Headers of answers that the page may read. */
  exposed: string[];
  maxAgeSeconds?: number;
}

/** The first rule that lets a page of this origin make this request, and as whom the answer should name the origin. */
export function findCorsRule(
  rules: readonly CorsRule[],
  request: { origin: string; method: string; headers: readonly string[] },
): { rule: CorsRule; origin: string } | undefined {
  for (const rule of rules) {
    const origin = rule.origins.find((pattern) => fitsOneStar(pattern, request.origin));
    if (origin === undefined || !rule.methods.includes(request.method)) continue;
    const allowed = (name: string): boolean =>
      rule.headers.some((pattern) => fitsOneStar(pattern.toLowerCase(), name.toLowerCase()));
    if (request.headers.every(allowed)) return { rule, origin: origin === '*' ? '*' : request.origin };
  }
  return undefined;
}

function fitsOneStar(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const end = pattern.slice(star + 1);
  return text.length >= pattern.length - 1 && text.startsWith(pattern.slice(0, star)) && text.endsWith(end);
}
