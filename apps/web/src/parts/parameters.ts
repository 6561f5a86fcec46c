// A page's filters as URL parameters, so that a filtered list can be sent to a colleague.
import { useCallback } from "react";
import { useLocation, useSearch } from "wouter";

/** The search string with `changes` applied; a value equal to "" leaves the parameter out. */
export function changeParameters(search: string, changes: Record<string, string>): string {
  const parameters = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") parameters.delete(name);
    else parameters.set(name, value);
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

/** Reads one parameter ("" when absent); setting replaces the history entry, as a filter is not a step to go back to. */
export function useParameter(name: string): [string, (value: string) => void] {
  const search = useSearch();
  const [location, navigate] = useLocation();
  const set = useCallback(
    (value: string) =>
      navigate(location + changeParameters(window.location.search, { [name]: value }), { replace: true }),
    [location, navigate, name],
  );
  return [new URLSearchParams(search).get(name) ?? "", set];
}

/** As useParameter, for a parameter with a closed list of values, the first of which is the default and not written. */
export function useChoice<Choice extends string>(
  name: string,
  choices: readonly Choice[],
): [Choice, (c: Choice) => void] {
  const [value, setValue] = useParameter(name);
  const fallback = choices[0]!;
  const chosen = choices.find((choice) => choice === value) ?? fallback;
  return [chosen, (choice) => setValue(choice === fallback ? "" : choice)];
}
