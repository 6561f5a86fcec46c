// Tells which programs of this machine became targets by themselves, each once.
import { watchTargets } from "./active-targets.js";
import { localJob } from "./default-config.js";

export type FoundProgramsRequest = {
  readonly serverUrl: string;
  readonly print: (line: string) => void;
};

const pollMs = 5000;

/** Returns a function that stops the watching. */
export function reportFoundPrograms({ serverUrl, print }: FoundProgramsRequest): () => void {
  const told = new Set<string>();
  return watchTargets({
    serverUrl,
    scrapePool: localJob,
    pollMs,
    print,
    onLook(targets) {
      const names = targets.map(({ labels }) => `${labels["job"]} (${labels["instance"]})`);
      const fresh = names.filter((name) => !told.has(name));
      for (const name of fresh) told.add(name);
      if (fresh.length > 0) print(`Found on this machine: ${fresh.join(", ")}`);
      return true;
    },
  });
}
