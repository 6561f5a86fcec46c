// Which methods a path has that is asked with another one. Those are no routes of their own: they would be most of what all routes cost at a
// start, 20 ms (docs/benchmarks.md#start).
import type { Method, Route } from "./route.js";

const methods: readonly string[] = ["GET", "HEAD", "POST", "PUT", "DELETE"] satisfies readonly (Method | "HEAD")[];

type Pattern = Pick<Route, "path" | "methods">;

export class OtherMethods {
  readonly #plain = new Map<string, Pattern>();
  readonly #named: { readonly parts: readonly string[]; readonly route: Pattern }[] = [];

  constructor(routes: readonly Pattern[]) {
    for (const route of routes) {
      const parts = route.path.split("/");
      if (parts.some((part) => /^[:*]/.test(part))) this.#named.push({ parts, route });
      else this.#plain.set(route.path, route);
    }
  }

  /** The route of the path, below the route prefix, that does not have the method; undefined where the path has none at all. */
  find(path: string, method: string): Pattern | undefined {
    return methods.includes(method) ? (this.#plain.get(path) ?? this.#findNamed(path.split("/"))) : undefined;
  }

  #findNamed(parts: readonly string[]): Pattern | undefined {
    return this.#named.find((named) => isMatch(named.parts, parts))?.route;
  }
}

function isMatch(pattern: readonly string[], parts: readonly string[]): boolean {
  const hasRest = pattern.at(-1) === "*";
  const length = hasRest ? pattern.length - 1 : pattern.length;
  if (hasRest ? parts.length <= length : parts.length !== length) return false;
  return pattern.slice(0, length).every((part, i) => (part.startsWith(":") ? parts[i] !== "" : part === parts[i]));
}
