// /api/v1/notifications, and notifications/live: the same as a stream of server-sent events.
import { PassThrough } from "node:stream";
import type { Notification, Notifications } from "../notifications.js";
import { type Answer, data } from "./respond.js";
import { type ApiRequest, earlyRoute, type Route } from "./route.js";
import { timestamp } from "./time.js";

/** What waits for a slow reader; further events are left out. */
export const waitingBytesMax: number = 64 * 1024;

export function notificationRoutes(notifications: Notifications): Route[] {
  return [
    earlyRoute("/api/v1/notifications", () => data(notifications.list().map(print))),
    earlyRoute("/api/v1/notifications/live", (request) => answerLive(notifications, request)),
  ];
}

function print({ text, date, active }: Notification): object {
  return { text, date: timestamp(date), active };
}

function answerLive(notifications: Notifications, { signal }: ApiRequest): Answer {
  const body = new PassThrough();
  // A comment: headers leave with the first bytes, and the first notification may be long in coming.
  body.write(":\n\n");
  const unsubscribe = notifications.subscribe({
    tell(notification) {
      if (body.writableLength + body.readableLength > waitingBytesMax) return false;
      body.write(`data: ${JSON.stringify(print(notification))}\n\n`);
      return true;
    },
    end: () => body.end(),
  });
  if (!unsubscribe) return { kind: "empty" };
  signal.addEventListener("abort", () => {
    unsubscribe();
    body.end();
  });
  return { kind: "stream", body, contentType: "text/event-stream" };
}
