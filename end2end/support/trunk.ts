// The Trunk build on a static host, with what is the server's handed to the server.

import { createReadStream, existsSync, statSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { extname, join, normalize, sep } from "node:path";

import { Gateway, pathOf } from "./gateway";
import { TRUNK_BUILD, trunkIsBuilt } from "./paths";

const TYPES: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

export async function serveTrunk(upstream: string): Promise<Gateway> {
  if (!trunkIsBuilt()) {
    throw new Error(`no Trunk build in ${TRUNK_BUILD}: run \`trunk build --release\` first`);
  }
  return Gateway.start(upstream, {
    own: (ask, answer) => {
      const path = pathOf(ask);
      if (/^\/(api|websc)(\/|$)/.test(path)) return false;
      serve(decodeURIComponent(path), answer);
      return true;
    },
  });
}

/** The file, or the one page for every address that only the app's router knows. */
function serve(path: string, answer: ServerResponse): void {
  let file = normalize(join(TRUNK_BUILD, path));
  const inside = file.startsWith(TRUNK_BUILD + sep);
  if (!inside || !existsSync(file) || !statSync(file).isFile()) {
    if (extname(path) in TYPES) {
      answer.writeHead(404).end();
      return;
    }
    file = join(TRUNK_BUILD, "index.html");
  }
  answer.writeHead(200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "cache-control": "no-store",
  });
  createReadStream(file).pipe(answer);
}
