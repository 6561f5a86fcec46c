// /api/v1/write and /api/v1/otlp/v1/metrics without the flags that enable them: there is nothing behind those yet.
import { text } from "./respond.js";
import type { Route } from "./route.js";

export function receiverRoutes(): Route[] {
  return [
    receiver("/api/v1/write", "remote write receiver needs to be enabled with --web.enable-remote-write-receiver"),
    receiver("/api/v1/otlp/v1/metrics", "otlp write receiver needs to be enabled with --web.enable-otlp-receiver"),
  ];
}

function receiver(path: string, message: string): Route {
  return { methods: ["POST"], path, answer: () => text(`${message}\n`, 404) };
}
