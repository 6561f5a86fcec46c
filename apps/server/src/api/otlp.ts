// /api/v1/otlp/v1/metrics without the flag that enables it: there is nothing behind it yet.
import { text } from "./respond.js";
import type { Route } from "./route.js";

export function otlpRoute(): Route {
  const answer = text("otlp write receiver needs to be enabled with --web.enable-otlp-receiver\n", 404);
  return { methods: ["POST"], path: "/api/v1/otlp/v1/metrics", answer: () => answer };
}
