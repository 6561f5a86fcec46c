// Query parameters of the API, read as the Swagger server of Alertmanager reads them.

import { compileRegex, type Matcher, matches } from "@narthex/model";
import type { FastifyRequest } from "fastify";
import type { MatcherParser } from "../matchers/parse.js";
import { ApiError } from "./respond.js";

/** What go-openapi takes for true; anything else is false. */
const trueWords = new Set(["true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"]);

export class Query {
  readonly #params: Readonly<Record<string, string | readonly string[] | undefined>>;

  constructor(request: FastifyRequest) {
    this.#params = request.query as Record<string, string | string[]>;
  }

  /** True where the parameter is absent or empty. */
  isIncluded(name: string): boolean {
    const value = this.#last(name);
    return value === undefined || value === "" || trueWords.has(value.toLowerCase());
  }

  /** Throws ApiError 400. */
  matchers(name: string, parser: MatcherParser): Matcher[] {
    const value = this.#params[name] ?? [];
    const texts = typeof value === "string" ? [value] : value;
    try {
      return texts.map((text) => parser.parseOne(text));
    } catch (error) {
      throw new ApiError(400, (error as Error).message);
    }
  }

  /** A test from a regular expression that has to match whole; undefined where absent. Throws ApiError 400. */
  regex(name: string): ((text: string) => boolean) | undefined {
    const source = this.#last(name);
    if (source === undefined || source === "") return undefined;
    try {
      const regex = compileRegex(source);
      return (text) => regex.test(text);
    } catch (error) {
      throw new ApiError(400, `failed to parse ${name} param: ${(error as Error).message}`);
    }
  }

  #last(name: string): string | undefined {
    const value = this.#params[name];
    return typeof value === "string" || value === undefined ? value : value.at(-1);
  }
}

/** Whether named values satisfy a user's filter. `a=""` asks for absence and `a!=""` for presence. */
export function passesFilter(matchers: readonly Matcher[], values: ReadonlyMap<string, string>): boolean {
  return matchers.every((matcher) => {
    const value = values.get(matcher.name);
    const isNegative = matcher.type === "!=" || matcher.type === "!~";
    if (matcher.value === "" && isNegative === (value !== undefined)) return true;
    return matches(matcher, value ?? "");
  });
}
