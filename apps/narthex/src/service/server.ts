// `narthex server`.
import { checkMode, serverFlags, startServer } from "@narthex/server";
import type { Run } from "../command.js";
import { runOf } from "../service-command.js";

export const runServer: Run = runOf({
  flags: serverFlags,
  check: checkMode,
  start: ({ optimization, ...request }) => {
    return startServer({
      ...request,
      beforeThread: () => optimization.beAsUsual(),
      beforeShortThread: () => optimization.beforeShortThread(),
      beforeAnswer: () => optimization.beAsUsualBriefly(),
    });
  },
});
