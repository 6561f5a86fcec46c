// Data directories that commands look into: opened over a sandbox folder that goes when the command ends.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openReadOnly, type ReadOnlyTsdb } from "@narthex/tsdb";

/** `sandboxRoot`: the folder for temporary files when empty. Damage that is passed over is told on standard error. */
export async function withDirectory<T>(
  directory: string,
  sandboxRoot: string,
  use: (tsdb: ReadOnlyTsdb) => Promise<T>,
): Promise<T> {
  const sandbox = mkdtempSync(join(sandboxRoot || tmpdir(), "narthex-tool-"));
  const remove = (): void => rmSync(sandbox, { recursive: true, force: true });
  // Also where the process ends because nobody reads on.
  process.once("exit", remove);
  try {
    const tsdb = await openReadOnly({
      path: directory.replace(/(?<=.)\/+$/, ""),
      sandbox,
      onCorruption: (error) => void process.stderr.write(`${error.message}\n`),
    });
    try {
      return await use(tsdb);
    } finally {
      await tsdb.close();
    }
  } finally {
    process.removeListener("exit", remove);
    remove();
  }
}
