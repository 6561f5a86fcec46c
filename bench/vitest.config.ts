import base from "../vitest.config.js";

// One benchmark after the other: two at once would share cores and measure each other.
export default {
  ...base,
  test: {
    ...base.test,
    include: ["{packages,apps}/*/src/**/*.bench.ts"],
    fileParallelism: false,
    testTimeout: 600_000,
  },
};
