// Whether a selector can be read by the API server, which refuses what it cannot with every request.
// Grammar: kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api and …/field-selectors/.

/** Terms `field=value`, `field==value`, `field!=value`, joined by commas. */
export function fieldSelectorMistake(selector: string): string | undefined {
  if (selector === "") return undefined;
  const wrong = splitTerms(selector).find((term) => !/^[^=!]+(=|==|!=)[^=]*$/.test(term));
  return wrong === undefined ? undefined : `invalid selector: '${selector}'; can't understand '${wrong}'`;
}

/** A comma behind a backslash belongs to a value. */
function splitTerms(selector: string): string[] {
  return selector.split(/(?<!\\),/).filter((term) => term !== "");
}

const keyForm = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const valueForm = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

export function labelSelectorMistake(selector: string): string | undefined {
  if (selector.trim() === "") return undefined;
  const wrong = splitOutsideBrackets(selector).find((term) => !isRequirement(term.trim()));
  return wrong === undefined ? undefined : `unable to parse requirement: found '${wrong.trim()}' in '${selector}'`;
}

function isRequirement(term: string): boolean {
  const [, setKey, values = ""] = /^(\S+)\s+(?:in|notin)\s*\((.*)\)$/.exec(term) ?? [];
  if (setKey !== undefined) {
    return keyForm.test(setKey) && values.split(",").every((value) => valueForm.test(value.trim()));
  }
  const [, key, operator = "", value = ""] = /^([^=!<>\s]+)\s*(==|=|!=|<|>)\s*([^=!<>\s]*)$/.exec(term) ?? [];
  if (key === undefined) return keyForm.test(term.replace(/^!\s*/, ""));
  return keyForm.test(key) && (/[<>]/.test(operator) ? /^-?\d+$/ : valueForm).test(value);
}

function splitOutsideBrackets(selector: string): string[] {
  return selector.split(/,(?![^(]*\))/);
}
