// Where things lie in the checkout: the only file that knows.

import { existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";

export const ROOT = resolve(__dirname, "../..");
export const TARGET = resolve(ROOT, "target");
export const NODE_MODULES = resolve(__dirname, "../node_modules");
export const LEGACY_PAGES = resolve(__dirname, "../legacy");

/** What `trunk build` wrote: the same app without a server's rendering. */
export const TRUNK_BUILD = process.env.ROOMSIDE_TRUNK ?? resolve(TARGET, "trunk");

/** Whether there is a Trunk build to test. */
export function trunkIsBuilt(): boolean {
  return existsSync(resolve(TRUNK_BUILD, "index.html"));
}

/**
 * The binary under test: `$ROOMSIDE_BIN`, else the more recently built of release and debug, so
 * that whoever has just built something tests that.
 */
export function binary(): string {
  const chosen = process.env.ROOMSIDE_BIN;
  if (chosen) {
    if (!existsSync(chosen)) throw new Error(`ROOMSIDE_BIN names ${chosen}, which is not there`);
    return resolve(chosen);
  }
  const built = ["release", "debug"]
    .map((profile) => resolve(TARGET, profile, "roomside"))
    .filter((path) => existsSync(path))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (built.length === 0) {
    throw new Error("no roomside binary in target/: run `cargo leptos build --release` first");
  }
  return built[0];
}

/** The Python that script/bootstrap has given stomp.py. */
export const PYTHON = resolve(
  process.env.CARGO_HOME ?? resolve(homedir(), ".cargo"),
  "roomside-tools/python/bin/python",
);
