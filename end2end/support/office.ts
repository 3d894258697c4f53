// An office: a proxy stands between the page and the server, and has views on what may pass.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

import { WebSocketServer } from "ws";

import { Gateway, pathOf } from "./gateway";

/** What the proxy makes of a WebSocket. */
export type WebSocketRule =
  | "passed"
  /** The handshake is answered with an error. */
  | "refused"
  /** The handshake is never answered. */
  | "swallowed"
  /** It opens, and is closed before anything is said. */
  | "closed"
  /** It opens, and nothing comes through. */
  | "mute"
  /** It works for a moment, then it is cut. */
  | "cut";

/** What the proxy makes of answers that take their time: xhr-streaming, and polls. */
export type AnswerRule =
  | "passed"
  /** Handed on only once they are whole: a stream never is. */
  | "buffered"
  /** Streams are answered with an error. */
  | "refused"
  /** Streams work for a moment, then they are cut. */
  | "cut";

/** How long what is cut lives: long enough to stand, short enough for a test. */
const CUT_MS = 1_000;

export class Office {
  /** How often a browser asked for each last part of an address under `/websc`. */
  readonly asked = new Map<string, number>();
  /** What browsers posted to `xhr_send`, in the order in which the posts ended. */
  readonly posted: string[] = [];
  /** The most posts of one browser that were ever under way together. */
  mostPosts = 0;
  websocket: WebSocketRule = "passed";
  answers: AnswerRule = "passed";
  /** The next answer to a poll is lost: the server has given it, the browser never has it. */
  losing = false;
  /** What `/websc/info` says, if not what the server says. */
  info: object | undefined;
  #gateway: Gateway | undefined;
  #posts = 0;
  readonly #sockets = new WebSocketServer({ noServer: true });

  static async start(upstream: string): Promise<Office> {
    const office = new Office();
    office.#gateway = await Gateway.start(upstream, {
      meet: (ask, socket, head) => office.#meet(ask, socket, head),
      own: (ask, answer) => office.#own(ask, answer),
      carry: (ask, reply, answer) => office.#carry(ask, reply, answer),
    });
    return office;
  }

  get url(): string {
    return this.gateway.url;
  }

  get gateway(): Gateway {
    if (!this.#gateway) throw new Error("the office is not open");
    return this.#gateway;
  }

  /** How often a browser asked for this: `websocket`, `xhr_streaming`, `xhr`, `info`. */
  count(what: string): number {
    return this.asked.get(what) ?? 0;
  }

  /** How many frames of this STOMP command were posted. */
  said(command: string): number {
    const messages = this.posted.flatMap((body) => JSON.parse(body) as string[]);
    return messages.filter((message) => message.startsWith(`${command}\n`)).length;
  }

  async close(): Promise<void> {
    this.#sockets.close();
    await this.gateway.close();
  }

  #note(ask: IncomingMessage): string {
    const path = pathOf(ask);
    if (!path.startsWith("/websc/")) return "";
    const what = path.slice(path.lastIndexOf("/") + 1);
    this.asked.set(what, this.count(what) + 1);
    return what;
  }

  #meet(ask: IncomingMessage, socket: Socket, head: Buffer): boolean {
    this.#note(ask);
    switch (this.websocket) {
      case "passed":
        return false;
      case "cut":
        setTimeout(() => socket.destroy(), CUT_MS);
        return false;
      case "refused":
        socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        return true;
      case "swallowed":
        return true;
      case "closed":
      case "mute":
        this.#sockets.handleUpgrade(ask, socket, head, (websocket) => {
          if (this.websocket === "closed") websocket.close();
        });
        return true;
    }
  }

  #own(ask: IncomingMessage, answer: ServerResponse): boolean {
    const what = this.#note(ask);
    if (what === "xhr_send") this.#listen(ask, answer);
    if (what === "info" && this.info) {
      answer.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(this.info));
      return true;
    }
    if (what === "xhr_streaming" && this.answers === "refused") {
      answer.writeHead(403).end();
      return true;
    }
    return false;
  }

  #listen(ask: IncomingMessage, answer: ServerResponse): void {
    const chunks: Buffer[] = [];
    ask.on("data", (chunk: Buffer) => chunks.push(chunk));
    ask.once("end", () => this.posted.push(Buffer.concat(chunks).toString()));
    this.mostPosts = Math.max(this.mostPosts, ++this.#posts);
    answer.once("close", () => this.#posts--);
  }

  #carry(ask: IncomingMessage, reply: IncomingMessage, answer: ServerResponse): void {
    const status = reply.statusCode ?? 502;
    if (this.losing && pathOf(ask).endsWith("/xhr")) {
      this.losing = false;
      reply.resume().once("end", () => answer.destroy());
      return;
    }
    const streams = pathOf(ask).endsWith("/xhr_streaming");
    if (this.answers === "buffered") {
      const chunks: Buffer[] = [];
      reply.on("data", (chunk: Buffer) => chunks.push(chunk));
      reply.once("end", () => answer.writeHead(status, reply.headers).end(Buffer.concat(chunks)));
      return;
    }
    if (this.answers === "cut" && streams) setTimeout(() => answer.destroy(), CUT_MS);
    answer.writeHead(status, reply.headers);
    reply.pipe(answer);
  }
}
