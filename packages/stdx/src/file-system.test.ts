import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { type FileSystem, nodeFileSystem, readWholeFile, writeFileAtomically } from "./file-system.js";
import { SimFileSystem } from "./sim/file-system.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textAt = (fileSystem: FileSystem, path: string): string =>
  new TextDecoder().decode(readWholeFile(fileSystem, path));

function conformance(makeRoot: () => { fileSystem: FileSystem; root: string; end: () => void }): void {
  const check = (title: string, act: (fileSystem: FileSystem, root: string) => Promise<void> | void): void => {
    test(title, async () => {
      const { fileSystem, root, end } = makeRoot();
      try {
        await act(fileSystem, root);
      } finally {
        end();
      }
    });
  };
  check("positioned writes read back, holes are zero", (fileSystem, root) => {
    const file = fileSystem.open(`${root}/a`, "create");
    file.write(bytes("hello"), 0);
    file.write(bytes("x"), 7);
    expect(file.size()).toBe(8);
    file.truncate(2);
    file.sync();
    file.close();
    expect(textAt(fileSystem, `${root}/a`)).toBe("he");
  });
  check("open modes refuse what they must", (fileSystem, root) => {
    expect(() => fileSystem.open(`${root}/a`, "read")).toThrow("ENOENT");
    expect(() => fileSystem.open(`${root}/a`, "update")).toThrow("ENOENT");
    fileSystem.open(`${root}/a`, "create").close();
    expect(() => fileSystem.open(`${root}/a`, "create")).toThrow("EEXIST");
    fileSystem.open(`${root}/a`, "replace").close();
  });
  check("a sync goes on while its file is written and closed", async (fileSystem, root) => {
    const file = fileSystem.open(`${root}/a`, "create");
    file.write(bytes("one"), 0);
    const syncs = [file.startSync(), file.startSync()];
    file.write(bytes("two"), 3);
    file.close();
    await Promise.all(syncs);
    expect(textAt(fileSystem, `${root}/a`)).toBe("onetwo");
  });
  check("a started removal ends", async (fileSystem, root) => {
    fileSystem.makeFolder(`${root}/b/c`);
    writeFileAtomically(fileSystem, `${root}/b/c/file`, bytes("one"));
    await fileSystem.startRemoving(`${root}/b/c/file`);
    expect(fileSystem.readFolder(`${root}/b/c`)).toEqual([]);
    await Promise.all([fileSystem.startRemoving(`${root}/b`), fileSystem.startRemoving(`${root}/none`)]);
    expect(fileSystem.readFolder(root)).toEqual([]);
  });
  check("folders, renames, links and removals", (fileSystem, root) => {
    fileSystem.makeFolder(`${root}/b/c`);
    fileSystem.makeFolder(`${root}/b/c`);
    writeFileAtomically(fileSystem, `${root}/b/c/file`, bytes("one"));
    fileSystem.link(`${root}/b/c/file`, `${root}/b/second`);
    fileSystem.rename(`${root}/b/c`, `${root}/d`);
    expect(fileSystem.readFolder(root)).toEqual(["b", "d"]);
    expect(textAt(fileSystem, `${root}/d/file`)).toBe("one");
    fileSystem.remove(`${root}/d/file`);
    expect(textAt(fileSystem, `${root}/b/second`)).toBe("one");
    fileSystem.removeTree(`${root}/b`);
    fileSystem.removeTree(`${root}/none`);
    expect(fileSystem.stat(`${root}/b`)).toBeUndefined();
    expect(fileSystem.stat(`${root}/d`)?.isFolder).toBe(true);
    fileSystem.syncFolder(root);
  });
}

describe("node", () => {
  conformance(() => {
    const root = mkdtempSync(`${tmpdir()}/file-system-`);
    return { fileSystem: nodeFileSystem, root, end: () => rmSync(root, { recursive: true }) };
  });
});

describe("simulated", () => {
  conformance(() => {
    const fileSystem = new SimFileSystem();
    fileSystem.makeFolder("/root");
    return { fileSystem, root: "/root", end: () => undefined };
  });

  test("a crash keeps what was synced and at most a torn prefix of the rest", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const fileSystem = new SimFileSystem({ seed });
      fileSystem.makeFolder("/d");
      fileSystem.syncFolder("/");
      const file = fileSystem.open("/d/f", "create");
      file.write(bytes("safe"), 0);
      file.sync();
      fileSystem.syncFolder("/d");
      file.write(bytes("lost"), 4);
      file.write(bytes("more"), 8);
      fileSystem.open("/d/unsynced", "create");
      fileSystem.crash();
      expect("safelostmore").toContain(textAt(fileSystem, "/d/f"));
      expect(textAt(fileSystem, "/d/f").length).toBeGreaterThanOrEqual(4);
    }
  });

  test("a fault strikes the nth change, and a full disk takes what fits", () => {
    const fileSystem = new SimFileSystem({ sizeMax: 6 });
    const file = fileSystem.open("/f", "create");
    fileSystem.fault({ call: 1, code: "EIO" });
    file.write(bytes("abc"), 0);
    expect(() => file.sync()).toThrow("EIO");
    file.sync();
    expect(() => file.write(bytes("defgh"), 3)).toThrow("ENOSPC");
    expect(textAt(fileSystem, "/f")).toBe("abcdef");
    file.truncate(1);
    file.write(bytes("x"), 1);
    expect(textAt(fileSystem, "/f")).toBe("ax");
  });
});
