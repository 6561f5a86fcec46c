// Which series of a graph are drawn. A click shows one alone, and again all; with a modifier key it adds or removes one.

interface Toggle {
  index: number;
  count: number;
  /** Add or remove the series instead of showing it alone. */
  isAdded: boolean;
}

/** `undefined` stands for all series. */
export function toggleShown(
  shown: ReadonlySet<number> | undefined,
  { index, count, isAdded }: Toggle,
): ReadonlySet<number> | undefined {
  if (!isAdded) return shown?.size === 1 && shown.has(index) ? undefined : new Set([index]);
  const next = new Set(shown ?? Array.from({ length: count }, (_, i) => i));
  if (!next.delete(index)) next.add(index);
  return next.size === count || next.size === 0 ? undefined : next;
}
