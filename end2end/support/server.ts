// One Roomside process with a data directory of its own.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { binary, ROOT } from "./paths";
import { Schema } from "./postgres";

/** How long the binary may take until it says that it listens. */
const START_MS = 15_000;
/** How long SIGTERM may take to drain before that is a failure of its own. */
const STOP_MS = 15_000;

export type Line = {
  type: "ENTER" | "TALK" | "LEAVE";
  roomId: string;
  sender: string;
  message: string;
  createdAt: string;
  id: string;
  seq: number;
};

export type Room = { roomId: string; name: string };

export type Settings = {
  /** 0 lets the system choose one. */
  port?: number;
  /** Whether STOMP is spoken on a TCP port of its own as well. */
  stomp?: boolean;
  /** Flags beside addresses and data. */
  flags?: string[];
  /** The URL of a PostgreSQL server that keeps the log; without it, that is SQLite. */
  postgres?: string;
};

export class Server {
  #child: ChildProcess | undefined;
  #output = "";
  #stompPort = 0;

  private constructor(
    readonly data: string,
    private port: number,
    private readonly stomp: boolean,
    private readonly flags: string[],
    private readonly schema: Schema | undefined,
  ) {}

  /** Starts the binary on a fresh data directory, and on a fresh schema where it is to use one. */
  static async start({ port = 0, stomp = false, flags = [], postgres }: Settings = {}): Promise<Server> {
    const schema = postgres ? await Schema.create(postgres) : undefined;
    const data = await mkdtemp(join(tmpdir(), "roomside-e2e-"));
    const log = schema ? ["--database-url", schema.url] : [];
    const server = new Server(data, port, stomp, [...log, ...flags], schema);
    try {
      await server.#launch();
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get websocketUrl(): string {
    return `ws://127.0.0.1:${this.port}/websc/websocket`;
  }

  /** Where STOMP is spoken over TCP, as `host:port`. */
  get stompAddress(): string {
    if (!this.stomp) throw new Error("this server was started without --stomp-listen");
    return `127.0.0.1:${this.#stompPort}`;
  }

  /** What the process has written so far, of all its lives. */
  get output(): string {
    return this.#output;
  }

  /** SIGKILL: what a power cut looks like to the process. Resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** SIGTERM, waiting until it has drained and left. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** Starts it again at the same address, on the same data; kills it first if it still runs. */
  async restart(): Promise<void> {
    await this.kill();
    await this.#launch();
  }

  /** Ends the process and removes its data. Safe to call in any state. */
  /** Makes a backup of the log, as an operator does while the server runs. */
  async backUp(): Promise<string> {
    const copy = join(this.data, "backup.db");
    await promisify(execFile)(binary(), ["backup", copy, "--data", this.data], { env: environment() });
    return copy;
  }

  /** Puts a backup in the place of the log. The server is down meanwhile. */
  async restore(copy: string): Promise<void> {
    const log = join(this.data, "roomside.db");
    for (const side of ["-wal", "-shm"]) await rm(log + side, { force: true });
    await copyFile(copy, log);
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.data, { recursive: true, force: true });
    await this.schema?.drop();
  }

  async createRoom(name: string): Promise<Room> {
    const answer = await fetch(`${this.url}/api/rooms`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name }),
    });
    if (answer.status !== 201) {
      throw new Error(`POST /api/rooms: ${answer.status} ${await answer.text()}`);
    }
    return (await answer.json()) as Room;
  }

  async rooms(): Promise<Room[]> {
    const answer = await fetch(`${this.url}/api/rooms`);
    if (!answer.ok) throw new Error(`GET /api/rooms: ${answer.status}`);
    return (await answer.json()) as Room[];
  }

  /** The room's log from its start, or after a line. Most tests are short: 200 lines hold theirs. */
  async messages(roomId: string, after = 0): Promise<Line[]> {
    const path = `/api/rooms/${encodeURIComponent(roomId)}/messages?after=${after}&limit=200`;
    const answer = await fetch(this.url + path);
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status}`);
    return ((await answer.json()) as { messages: Line[] }).messages;
  }

  async #launch(): Promise<void> {
    const path = binary();
    const flags = ["--listen", `127.0.0.1:${this.port}`, "--data", this.data, ...this.flags];
    if (this.stomp) flags.push("--stomp-listen", `127.0.0.1:${this.#stompPort}`);
    const child = spawn(
      path,
      flags,
      // The working directory is the checkout, where `cargo leptos` leaves the site.
      { cwd: ROOT, env: environment(), stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#child = child;
    const orphan = () => child.kill("SIGKILL");
    process.once("exit", orphan);
    child.once("exit", () => process.removeListener("exit", orphan));

    await new Promise<void>((resolve, reject) => {
      let lines = "";
      const fail = (what: string) => {
        clearTimeout(timer);
        reject(new Error(`${path} ${what}. It wrote:\n${lines || "(nothing)"}`));
      };
      const timer = setTimeout(
        () => fail(`did not say "listening on …" within ${START_MS} ms`),
        START_MS,
      );
      const read = (chunk: Buffer) => {
        lines += chunk.toString();
        this.#output += chunk.toString();
        const http = /listening on http:\/\/\S+:(\d+)/.exec(lines);
        const stomp = /listening on stomp:\/\/\S+:(\d+)/.exec(lines);
        if (http && (stomp || !this.stomp)) {
          clearTimeout(timer);
          this.port = Number(http[1]);
          this.#stompPort = Number(stomp?.[1] ?? 0);
          resolve();
        }
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.once("error", (error) => fail(`could not be started: ${error.message}`));
      child.once("exit", (code, signal) => fail(`ended at once (${signal ?? `code ${code}`})`));
    });
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        reject(new Error(`the server ignored ${signal} for ${STOP_MS} ms`));
      }, STOP_MS);
      child.once("exit", () => {
        clearTimeout(timer);
        resolve();
      });
      child.kill(signal);
    });
  }
}

/**
 * A free port below the range from which systems choose by themselves. A server that comes back
 * at its address needs one of these: a port of that range could be somebody's outgoing
 * connection meanwhile, and a browser trying it could even connect to itself.
 */
export async function freePort(parallelIndex: number): Promise<number> {
  const first = 21_000 + parallelIndex * 500;
  for (let port = first; port < first + 500; port++) {
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port from ${first} on`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/** Ours without what an operator's shell may have set for another Roomside. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("ROOMSIDE_")),
  );
}
