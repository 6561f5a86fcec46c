// Templates are evaluated in one go, queries are answered in their own time: a template that asks for an answer
// that is not there yet is given up, and rendered again when it is. Rendering has no effects, so nobody can tell.
import { TemplateError } from "../errors.js";
import type { QueryFunction, QuerySample } from "../functions/prometheus.js";

/** Different expressions in one template; each costs one more rendering. */
export const queriesMax: number = 500;

class PendingQuery extends TemplateError {
  override readonly isPending = true;
  readonly expression: string;

  constructor(expression: string) {
    super(`query ${JSON.stringify(expression)} is not answered`);
    this.expression = expression;
  }
}

type Answer = { readonly samples: readonly QuerySample[] } | { readonly error: unknown };

/** `render` must do the same each time but for the query's answers. An expression is asked once. */
export async function renderWithQueries<T>(
  render: (query: QueryFunction) => T,
  query: (expression: string) => Promise<readonly QuerySample[]>,
): Promise<T> {
  const answers = new Map<string, Answer>();
  for (;;) {
    const rendered = tryRender(render, answers);
    if (!(rendered instanceof PendingQuery)) return rendered;
    if (answers.size >= queriesMax) throw new TemplateError(`template asks more than ${queriesMax} queries`);
    answers.set(rendered.expression, await answerOf(query, rendered.expression));
  }
}

function tryRender<T>(render: (query: QueryFunction) => T, answers: ReadonlyMap<string, Answer>): T | PendingQuery {
  try {
    return render((expression) => {
      const answer = answers.get(expression);
      if (!answer) throw new PendingQuery(expression);
      if ("error" in answer) throw answer.error;
      return answer.samples;
    });
  } catch (error) {
    if (error instanceof PendingQuery) return error;
    throw error;
  }
}

async function answerOf(
  query: (expression: string) => Promise<readonly QuerySample[]>,
  expression: string,
): Promise<Answer> {
  try {
    return { samples: await query(expression) };
  } catch (error) {
    return { error };
  }
}
