import base from "../vitest.config.js";

// Real processes: one file at a time, so that ports, processors and timing are its own.
export default {
  ...base,
  test: {
    ...base.test,
    include: ["apptest/**/*.test.ts"],
    pool: "forks",
    // Each file loads processes.ts anew, and with it the hook that ends what the file's tests started.
    isolate: true,
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
  },
};
