/** RFC 3339 as Go prints it; 0 is Go's zero time, for what never happened. */
export function timestamp(ms: number): string {
  return ms === 0 ? "0001-01-01T00:00:00Z" : new Date(ms).toISOString();
}
