// An HTTP server in front of the server under test: some paths it answers itself, the rest it
// hands on. Static hosts, other people's pages and a listener on the line are all made of it.

import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import { connect, type Socket } from "node:net";
import { pipeline } from "node:stream";

export type Options = {
  /** Answers a request itself and says so, or leaves it to the server. */
  own?: (ask: IncomingMessage, answer: ServerResponse) => boolean;
  /** Takes a WebSocket's handshake itself and says so, or leaves it to the server. */
  meet?: (ask: IncomingMessage, socket: Socket, head: Buffer) => boolean;
  /** Carries the server's answer to the browser; otherwise it flows as it comes. */
  carry?: (ask: IncomingMessage, reply: IncomingMessage, answer: ServerResponse) => void;
  /** Is shown what browsers write on their WebSockets, octet for octet, and must not keep it up. */
  listen?: (socket: Socket) => void;
};

export class Gateway {
  #url = "";
  #muted = false;
  readonly #sockets = new Set<Socket>();
  readonly #tunnels = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly to: Target,
  ) {}

  /** Listens on a port of its own, before the server at `upstream`. */
  static async start(upstream: string, options: Options = {}): Promise<Gateway> {
    const { hostname, port } = new URL(upstream);
    const gateway = new Gateway(createServer(), { host: hostname, port: Number(port) });
    const { server, to } = gateway;
    server.on("request", (ask, answer) => {
      if (!options.own?.(ask, answer)) forward(ask, answer, to, options.carry);
    });
    server.on("connection", (socket) => {
      gateway.#sockets.add(socket);
      socket.once("close", () => gateway.#sockets.delete(socket));
    });
    server.on("upgrade", (ask, socket, head) => {
      if (options.meet?.(ask, socket as Socket, head)) return;
      options.listen?.(socket as Socket);
      gateway.#tunnel(ask, socket as Socket, head);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port was given");
    gateway.#url = `http://127.0.0.1:${address.port}`;
    return gateway;
  }

  get url(): string {
    return this.#url;
  }

  /** From now on nothing that the server says on WebSockets arrives; the other way stays open. */
  mute(): void {
    this.#muted = true;
  }

  /** Breaks all WebSockets off. New ones are heard again. */
  cut(): void {
    for (const socket of this.#tunnels) socket.destroy();
    this.#muted = false;
  }

  /** Breaks everything off, whatever it is. New connections are taken again. */
  sever(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.sever();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  #tunnel(ask: IncomingMessage, socket: Socket, head: Buffer): void {
    this.#tunnels.add(socket);
    const onward = connect(this.to, () => {
      onward.write(upgrade(ask));
      onward.write(head);
      socket.pipe(onward);
    });
    onward.on("data", (octets) => this.#muted || socket.write(octets));
    // What the server said last still goes out; whoever breaks off on this side is gone.
    onward.once("error", () => socket.destroy()).once("close", () => socket.end());
    socket.once("error", () => onward.destroy()).once("close", () => {
      this.#tunnels.delete(socket);
      onward.destroy();
    });
  }
}

type Target = { host: string; port: number };

/** The path that a request asks for, without its query. */
export function pathOf(ask: IncomingMessage): string {
  return new URL(ask.url ?? "/", "http://host").pathname;
}

// The `Host` header stays the page's: for the server, page and `/websc` are of one origin.

function forward(
  ask: IncomingMessage,
  answer: ServerResponse,
  to: Target,
  carry: Options["carry"],
): void {
  const { method, url, headers } = ask;
  const onward = request({ ...to, method, path: url, headers }, (reply) => {
    // An answer that breaks off on that side breaks off on this one.
    reply.once("error", () => answer.destroy());
    if (carry) {
      carry(ask, reply, answer);
      return;
    }
    answer.writeHead(reply.statusCode ?? 502, reply.headers);
    // What breaks off there breaks off here.
    pipeline(reply, answer, () => {});
  });
  onward.once("error", () => {
    if (answer.headersSent) answer.destroy();
    else answer.writeHead(502).end();
  });
  answer.once("close", () => onward.destroy());
  ask.pipe(onward);
}

function upgrade(ask: IncomingMessage): string {
  const lines = [`${ask.method} ${ask.url} HTTP/1.1`];
  for (let at = 0; at < ask.rawHeaders.length; at += 2) {
    // Extensions would change the octets between the two ends; without them frames are plain.
    if (ask.rawHeaders[at].toLowerCase() === "sec-websocket-extensions") continue;
    lines.push(`${ask.rawHeaders[at]}: ${ask.rawHeaders[at + 1]}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}
