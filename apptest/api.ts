// Asks Prometheus' and Alertmanager's HTTP APIs, ours or a peer's.
export type ApiAlert = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: string;
  readonly activeAt: string;
  readonly value: string;
};

export type ApiSeries = {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
};

type Reply<T> = { readonly status: string; readonly data: T; readonly error?: string };

export async function ask<T>(base: string, path: string): Promise<T> {
  const response = await fetch(`${base}${path}`);
  const reply = (await response.json()) as Reply<T>;
  if (reply.status !== "success") throw new Error(`${path}: ${response.status} ${reply.error ?? ""}`);
  return reply.data;
}

/** Result of an instant query that gives a vector. */
export async function query(base: string, expression: string, time?: number): Promise<readonly ApiSeries[]> {
  const parameters = new URLSearchParams({ query: expression, ...(time === undefined ? {} : { time: String(time) }) });
  return (await ask<{ result: readonly ApiSeries[] }>(base, `/api/v1/query?${parameters}`)).result;
}

/** The value of an expression that gives one sample; undefined when it gives none. */
export async function value(base: string, expression: string): Promise<number | undefined> {
  const [first] = await query(base, expression);
  return first && Number(first.value[1]);
}

type Matrix = { readonly result: readonly { readonly values: readonly [number, string][] }[] };

/** The longest time since `since` in which one of the selected series has no sample, up to now, ms; fails where there are none. */
export async function longestGapMs(base: string, selector: string, since: number): Promise<number> {
  const now = Date.now();
  const parameters = new URLSearchParams({ query: `${selector}[${now - since}ms]`, time: String(now / 1000) });
  const { result } = await ask<Matrix>(base, `/api/v1/query?${parameters}`);
  if (result.length === 0) throw new Error(`${selector} has no samples`);
  const gaps = result.map(({ values }) => {
    const times = [since, ...values.map(([t]) => t * 1000), now];
    return Math.max(...times.slice(1).map((t, i) => t - (times[i] as number)));
  });
  return Math.max(...gaps);
}

export async function alerts(base: string): Promise<readonly ApiAlert[]> {
  return (await ask<{ alerts: readonly ApiAlert[] }>(base, "/api/v1/alerts")).alerts;
}

/** State of the alert with this name; undefined while it is inactive. */
export async function alertState(base: string, name: string): Promise<string | undefined> {
  return (await alerts(base)).find((alert) => alert.labels["alertname"] === name)?.state;
}

export async function silence(alertmanager: string, alertname: string): Promise<string> {
  const body = {
    matchers: [{ name: "alertname", value: alertname, isRegex: false, isEqual: true }],
    startsAt: new Date().toISOString(),
    endsAt: new Date(Date.now() + 3_600_000).toISOString(),
    createdBy: "apptest",
    comment: "known",
  };
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${alertmanager}/api/v2/silences`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`silence: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { silenceID: string }).silenceID;
}
