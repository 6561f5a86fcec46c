import { BaseSequencer, type TestSpecification } from "vitest/node";
import base from "../vitest.config.js";

// Each of these has the machine to itself.
const alone = [
  // Asks all ports of this machine for metrics, those of other tests' targets, too, which count their scrapes.
  "apptest/discover.test.ts",
  // Bound the time between two scrapes while something hard is done.
  "apptest/heavy-query.test.ts",
  "apptest/hostile-client.test.ts",
  "apptest/hostile.test.ts",
  "apptest/reload-storm.test.ts",
  // Compares scrape by scrape: one that is late for one of the two is a difference.
  "apptest/parity/parity.test.ts",
];

/** Begun first, so that no single one is waited for at the end. */
const long = ["apptest/ui.test.ts", "apptest/remote-write-send.test.ts", "apptest/agent.test.ts"];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean => long.some((name) => moduleId.endsWith(name));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

// Real processes. Most of the tests' time is waiting for them, so more files run at once than there are processors.
const atOnce = 3;

const common = {
  pool: "forks",
  // Each file loads processes.ts anew, and with it the hook that ends what the file's tests started.
  isolate: true,
  testTimeout: 240_000,
  hookTimeout: 120_000,
};

export default {
  ...base,
  test: {
    sequence: { sequencer: LongFirst },
    projects: [
      {
        extends: true,
        test: {
          ...common,
          name: "together",
          include: ["apptest/**/*.test.ts"],
          exclude: alone,
          maxWorkers: atOnce,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { ...common, name: "alone", include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
};
