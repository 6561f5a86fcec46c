import { setMaxListeners } from "node:events";

/** For what many wait for at once: Node.js warns of a leak at the eleventh listener otherwise. */
export function manyListeners(controller: AbortController): AbortController {
  setMaxListeners(0, controller.signal);
  return controller;
}
