/** Digits below a millisecond are cut off, as Prometheus does. */
export function millisecondsOf(us: number): number {
  return Math.floor(us / 1000);
}
