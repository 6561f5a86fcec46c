// Follows one kind of objects: a list, then a watch from the list's version on; after 410 Gone a list again
// (kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes).
// Comes from: the API server. Goes to: kubernetes/provider.
import type { HttpStream, StreamingHttpClient } from "@narthex/service";
import { ApiStatusError, answerBytesMax, apiUrl } from "../api-client.js";
import { type Json, parseJson } from "../json.js";
import { pagesMax } from "../pages.js";
import { pause } from "../pause.js";
import type { ProviderWorld } from "../provider.js";
import { keepFields } from "./kept-fields.js";
import { objectKey, type ResourceKind, resourcePath, resources } from "./resources.js";

export type WatchRequest = {
  readonly client: StreamingHttpClient;
  readonly base: string;
  readonly kind: ResourceKind;
  /** "" for all. */
  readonly namespace: string;
  readonly selector: { readonly label: string; readonly field: string };
  readonly world: ProviderWorld;
};

/** What becomes of the objects. */
export type WatchSink = {
  /** All there is, by key. */
  readonly replace: (objects: ReadonlyMap<string, unknown>) => void;
  /** Undefined: it was deleted. */
  readonly put: (key: string, object: unknown) => void;
};

const listTimeoutMs = 60_000;
const pageObjects = 500;
/** The server ends a watch after this; we, should it be gone without a word, a little later. */
const watchSeconds = 480;
const watchGraceMs = 30_000;
/** One event is one object, and etcd refuses objects above 1.5 MiB. */
const eventBytesMax: number = 16 * 1024 * 1024;
const backoffMsMin = 800;
const backoffMsMax = 30_000;

/** Runs until the signal aborts. */
export async function watchResource(request: WatchRequest, sink: WatchSink, signal: AbortSignal): Promise<void> {
  const { world } = request;
  let version: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    const watched: Watched = { version, events: 0 };
    try {
      if (watched.version === undefined) watched.version = await listAll(request, sink, signal);
      else await watchFrom(request, sink, { watched, signal });
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (isExpired(error)) watched.version = undefined;
      else report(request, error);
      failures = watched.events > 0 ? 0 : failures + 1;
      // A version that has expired is no failure the first time: the list follows at once.
      if (failures > 1 || !isExpired(error)) {
        await pause(world.clock, Math.min(backoffMsMax, backoffMsMin * 2 ** Math.max(0, failures - 1)), signal);
      }
    }
    version = watched.version;
  }
}

/** How far a watch has come; the next goes on from there. */
type Watched = { version: string | undefined; events: number };

/** The version to watch from is no longer there. */
function isExpired(error: unknown): boolean {
  return error instanceof ApiStatusError && error.status === 410;
}

function report({ world, kind }: WatchRequest, error: unknown): void {
  world.metrics.kubernetesFailures.inc();
  world.countFailure();
  world.logger.error({ err: error, resource: kind }, "cannot list or watch Kubernetes objects");
}

/** All pages; returns the version to watch from. */
async function listAll(request: WatchRequest, sink: WatchSink, signal: AbortSignal): Promise<string> {
  const objects = new Map<string, unknown>();
  let next = "";
  for (let page = 0; page < pagesMax; page++) {
    const list = await listPage(request, next, signal);
    for (const item of list.at("items").list()) objects.set(objectKey(item), keepFields(request.kind, item.raw));
    next = list.at("metadata", "continue").text();
    if (next === "") {
      sink.replace(objects);
      return list.at("metadata", "resourceVersion").text();
    }
  }
  throw new Error(`the list of ${request.kind} has more than ${pagesMax} pages`);
}

async function listPage(request: WatchRequest, next: string, signal: AbortSignal): Promise<Json> {
  const url = resourceUrl(request, { limit: String(pageObjects), ...(next === "" ? {} : { continue: next }) });
  const { status, body } = await request.client.request({
    url: url.href,
    headers: { accept: "application/json" },
    timeoutMs: listTimeoutMs,
    bodyBytesMax: answerBytesMax,
    signal,
  });
  if (status !== 200) throw new ApiStatusError(status, `${url.origin}${url.pathname}`, body.toString());
  return parseJson(body);
}

type WatchScope = { readonly watched: Watched; readonly signal: AbortSignal };

/** Resolves when the server ends the watch, as it does from time to time. */
async function watchFrom(request: WatchRequest, sink: WatchSink, { watched, signal }: WatchScope): Promise<void> {
  const overdue = new AbortController();
  const cancel = request.world.clock.after(watchSeconds * 1000 + watchGraceMs, () => overdue.abort());
  try {
    const stream = await openWatch(request, watched, AbortSignal.any([signal, overdue.signal]));
    for await (const line of linesOf(stream)) {
      applyEvent(request, parseJson(line), { sink, watched });
      watched.events++;
    }
  } finally {
    cancel();
  }
}

async function openWatch(request: WatchRequest, { version }: Watched, signal: AbortSignal): Promise<HttpStream> {
  const url = resourceUrl(request, {
    watch: "1",
    allowWatchBookmarks: "true",
    resourceVersion: version ?? "",
    timeoutSeconds: String(watchSeconds),
  });
  const headers = { accept: "application/json" };
  const stream = await request.client.stream({ url: url.href, headers, timeoutMs: listTimeoutMs, signal });
  if (stream.status === 200) return stream;
  stream.close();
  throw new ApiStatusError(stream.status, `${url.origin}${url.pathname}`, "");
}

async function* linesOf({ parts }: HttpStream): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const part of parts) {
    rest = rest.length === 0 ? part : Buffer.concat([rest, part]);
    let start = 0;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, start)) {
      if (end > start) yield rest.subarray(start, end);
      start = end + 1;
    }
    rest = rest.subarray(start);
    if (rest.length > eventBytesMax) throw new Error(`a watch event longer than ${eventBytesMax} bytes`);
  }
}

type EventScope = { readonly sink: WatchSink; readonly watched: Watched };

function applyEvent({ kind, world }: WatchRequest, event: Json, { sink, watched }: EventScope): void {
  const type = event.at("type").text();
  const object = event.at("object");
  if (type === "ERROR") {
    throw new ApiStatusError(object.at("code").number(), `watch of ${kind}`, object.at("message").text());
  }
  watched.version = object.at("metadata", "resourceVersion").text();
  const name = eventNames[type];
  if (name === undefined) return;
  world.metrics.kubernetesEvents.inc({ role: resources[kind].role, event: name });
  sink.put(objectKey(object), type === "DELETED" ? undefined : keepFields(kind, object.raw));
}

/** As the metric has them; a bookmark only moves the version. */
const eventNames: Readonly<Record<string, string>> = { ADDED: "add", MODIFIED: "update", DELETED: "delete" };

function resourceUrl({ base, kind, namespace, selector }: WatchRequest, query: Record<string, string>): URL {
  const url = apiUrl(base, resourcePath(kind, namespace), query);
  if (selector.label !== "") url.searchParams.set("labelSelector", selector.label);
  if (selector.field !== "") url.searchParams.set("fieldSelector", selector.field);
  return url;
}
