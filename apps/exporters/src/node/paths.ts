// Where the kernel's files stand: in a container the host's /proc and /sys are mounted elsewhere.

export type Paths = {
  /** Path of a file below procfs: proc("net/dev"). */
  readonly proc: (name: string) => string;
  readonly sys: (name: string) => string;
  /** Path of a mount point or file as this process sees it. */
  readonly root: (name: string) => string;
  readonly udev: (name: string) => string;
  /** The mount point as the host sees it. */
  readonly withoutRoot: (path: string) => string;
};

export type PathFlags = {
  readonly "path.procfs": string;
  readonly "path.sysfs": string;
  readonly "path.rootfs": string;
  readonly "path.udev.data": string;
};

export function pathsFrom(flags: PathFlags): Paths {
  const root = withoutSlash(flags["path.rootfs"]);
  return {
    proc: (name) => join(flags["path.procfs"], name),
    sys: (name) => join(flags["path.sysfs"], name),
    root: (name) => join(flags["path.rootfs"], name),
    udev: (name) => join(flags["path.udev.data"], name),
    withoutRoot(path) {
      if (root === "") return path;
      const isBelow = path === root || path.startsWith(`${root}/`);
      return isBelow ? path.slice(root.length) || "/" : path;
    },
  };
}

function join(folder: string, name: string): string {
  return `${withoutSlash(folder)}/${name.replace(/^\/+/, "")}`;
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, "");
}
