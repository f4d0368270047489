/** An answer of the admin port: its status and what is told as JSON. */
export interface AdminAnswer {
  status: number;
  body: unknown;
}

export const refusal = (status: number, error: string): AdminAnswer => ({ status, body: { error } });

/** What is below one path of the admin port, for operators. */
export interface AdminRoutes {
  answer(method: string, path: string, query: URLSearchParams): Promise<AdminAnswer>;
}
