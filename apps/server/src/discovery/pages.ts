// Lists that an API answers page by page, whatever it calls the way to the next one. Goes to: the providers.

/** Of one list: an API that never says "last" must not hold us. */
export const pagesMax = 10_000;
/** Of one list, on all its pages. */
export const itemsMax = 1_000_000;

export type Page<T> = {
  readonly items: Iterable<T>;
  /** What the API calls the page after this one; "" for none. */
  readonly next: string;
};

/**
 * The items of all pages. `ask` is given what the last page called its next, "" at first. A list that is too long is an error:
 * a part of it would be targets that vanish.
 */
export async function allPages<T>(ask: (next: string) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  let next = "";
  for (let page = 0; page < pagesMax; page++) {
    const answer = await ask(next);
    for (const item of answer.items) all.push(item);
    if (all.length > itemsMax) throw new Error(`the list has more than ${itemsMax} items`);
    if (answer.next === "") return all;
    if (answer.next === next) throw new Error(`the API calls a page the one after itself: ${JSON.stringify(next)}`);
    next = answer.next;
  }
  throw new Error(`the list has more than ${pagesMax} pages`);
}
