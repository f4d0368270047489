/** What passwords in the payloads of tasks are sealed as. */
export const TASK_SECRET = 'secret of a task';
