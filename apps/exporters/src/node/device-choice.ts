// The pairs of flags that choose devices by name: one regular expression to include, or one to exclude.
import { compilePattern } from "@narthex/model";
import { UsageError } from "@narthex/service";

export type DeviceChoice = (name: string) => boolean;

export type ChoiceFlags = {
  readonly include?: string;
  readonly exclude?: string;
  /** For the message where both are given. */
  readonly flag: string;
};

/** Expressions are searched for, not anchored. Throws UsageError. */
export function deviceChoice({ include = "", exclude = "", flag }: ChoiceFlags): DeviceChoice {
  if (include !== "" && exclude !== "") throw new UsageError(`--${flag}-include and --${flag}-exclude are exclusive`);
  if (include !== "") return searchPattern(include, flag);
  if (exclude === "") return () => true;
  const isExcluded = searchPattern(exclude, flag);
  return (name) => !isExcluded(name);
}

/** Finds a RE2 expression anywhere in a text; answers are remembered, since device names recur at every scrape. */
export function searchPattern(source: string, flag: string): DeviceChoice {
  const pattern = compile(source, flag);
  const answers = new Map<string, boolean>();
  return (name) => {
    let answer = answers.get(name);
    if (answer === undefined) {
      answer = pattern.test(name);
      if (answers.size >= answersMax) answers.clear();
      answers.set(name, answer);
    }
    return answer;
  };
}

const answersMax = 10_000;

function compile(source: string, flag: string): { test(text: string): boolean } {
  try {
    return compilePattern(source);
  } catch (error) {
    throw new UsageError(`--${flag}: ${(error as Error).message}`, { cause: error });
  }
}
