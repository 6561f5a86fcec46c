// The objects that are known and the target groups made of them. A group is made anew when its object changes, or
// one that was looked up for it.
// Comes from: kubernetes/watch. Goes to: kubernetes/provider.
import { Json } from "../json.js";
import type { TargetGroup } from "../provider.js";
import type { AttachMetadata } from "./config.js";
import type { ResourceKind } from "./resources.js";
import type { Lookup, Role } from "./role.js";

export class KubernetesGroups {
  readonly #role: Role;
  readonly #attach: AttachMetadata;
  /** By kind and key. */
  readonly #objects = new Map<string, unknown>();
  readonly #groups = new Map<string, TargetGroup>();
  /** Keys of groups that looked an object up, by its kind and key. */
  readonly #askers = new Map<string, Set<string>>();
  /** What each group looked up. */
  readonly #asked = new Map<string, readonly string[]>();
  readonly #dirty = new Set<string>();

  constructor(role: Role, attach: AttachMetadata) {
    this.#role = role;
    this.#attach = attach;
  }

  /** Undefined takes the object away. */
  put(kind: ResourceKind, key: string, object: unknown): void {
    const place = placeOf(kind, key);
    if (object === undefined) this.#objects.delete(place);
    else this.#objects.set(place, object);
    if (kind === this.#role.kind) this.#dirty.add(key);
    for (const asker of this.#askers.get(place) ?? []) this.#dirty.add(asker);
  }

  /** All groups, those that changed made anew. `fail` takes what is wrong with an object, whose group stays as it was. */
  refresh(fail: (key: string, error: unknown) => void): TargetGroup[] {
    for (const key of this.#dirty) {
      try {
        this.#rebuild(key);
      } catch (error) {
        fail(key, error);
      }
    }
    this.#dirty.clear();
    return [...this.#groups.values()];
  }

  #rebuild(key: string): void {
    const object = this.#objects.get(placeOf(this.#role.kind, key));
    const asked = new Set<string>();
    const lookup: Lookup = (kind, wanted) => {
      const place = placeOf(kind, wanted);
      asked.add(place);
      const held = this.#objects.get(place);
      return held === undefined ? undefined : new Json(held, place);
    };
    if (object === undefined) this.#groups.delete(key);
    else this.#groups.set(key, this.#role.group(new Json(object, key), { lookup, attach: this.#attach }));
    this.#remember(key, [...asked]);
  }

  #remember(key: string, asked: readonly string[]): void {
    for (const place of this.#asked.get(key) ?? []) {
      const askers = this.#askers.get(place);
      askers?.delete(key);
      if (askers?.size === 0) this.#askers.delete(place);
    }
    this.#asked.delete(key);
    if (asked.length > 0) this.#asked.set(key, asked);
    for (const place of asked) {
      const askers = this.#askers.get(place);
      if (askers) askers.add(key);
      else this.#askers.set(place, new Set([key]));
    }
  }
}

function placeOf(kind: ResourceKind, key: string): string {
  return `${kind} ${key}`;
}
