// nginx, started by a test on a port of its own, with a configuration and a folder of its own.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, connect } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { ROOT } from "./paths";

/** How long it may take until it listens. */
const START_MS = 15_000;

const PLACES = [
  "nginx",
  "/usr/sbin/nginx",
  // Where script/bootstrap unpacks Debian's.
  resolve(process.env.CARGO_HOME ?? resolve(homedir(), ".cargo"), "roomside-tools/nginx/usr/sbin/nginx"),
];

const program = PLACES.find((place) => spawnSync(place, ["-v"]).status === 0);

export function nginxIsHere(): boolean {
  return program !== undefined;
}

export class Nginx {
  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly child: ChildProcess,
  ) {}

  /** Starts it with what stands in the block `http`, given a port to listen on. */
  static async start(http: (port: number) => string): Promise<Nginx> {
    if (!program) throw new Error("no nginx here: script/bootstrap fetches Debian's");
    const folder = await mkdtemp(join(tmpdir(), "roomside-nginx-"));
    const port = await freePort();
    await writeFile(join(folder, "nginx.conf"), configuration(http(port)));
    const child = spawn(program, ["-p", folder, "-c", "nginx.conf", "-e", "stderr"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const orphan = () => child.kill("SIGKILL");
    process.once("exit", orphan);
    child.once("exit", () => process.removeListener("exit", orphan));
    const nginx = new Nginx(`http://127.0.0.1:${port}`, folder, child);
    let errors = "";
    child.stderr?.on("data", (octets: Buffer) => (errors += octets.toString()));
    const deadline = Date.now() + START_MS;
    while (!(await answers(port))) {
      if (child.exitCode !== null || Date.now() > deadline) {
        await nginx.close();
        throw new Error(`${program} does not listen. It wrote:\n${errors || "(nothing)"}`);
      }
    }
    return nginx;
  }

  async close(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = new Promise((done) => this.child.once("exit", done));
      this.child.kill("SIGKILL");
      await gone;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * The configuration that docs/deploy.md gives, as it stands there, but for two addresses and
 * without the certificate.
 */
export async function documented(upstream: string): Promise<(port: number) => string> {
  const page = await readFile(join(ROOT, "docs/deploy.md"), "utf8");
  const [, block] = /^```nginx\n(.*?)^```$/ms.exec(page) ?? [];
  if (!block) throw new Error("docs/deploy.md has no block of nginx any more");
  const changed = block
    .replace("server 127.0.0.1:3000;", `server ${new URL(upstream).host};`)
    .replace("listen 443 ssl http2;", "listen 127.0.0.1:PORT;")
    .replace(/^ *ssl_.*\n/gm, "");
  if (changed.includes(":3000") || changed.includes("443")) {
    throw new Error("docs/deploy.md names its addresses in another way than this test knows");
  }
  return (port) => changed.replace("127.0.0.1:PORT", `127.0.0.1:${port}`);
}

/** One process in the foreground, which writes below its folder only. */
function configuration(http: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `  ${name}_temp_path ${name};\n`)
    .join("");
  return `
daemon off;
master_process off;
pid nginx.pid;
events { worker_connections 512; }
http {
  access_log off;
${temporary}${http}
}
`;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, "127.0.0.1", done));
  const address = probe.address();
  await new Promise((done) => probe.close(done));
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => setTimeout(() => done(false), 20));
  });
}
