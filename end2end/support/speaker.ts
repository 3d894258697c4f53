// A person in a room without a browser: for the other end of a conversation.

import { Client } from "@stomp/stompjs";
import WebSocket from "ws";

import type { Line, Server } from "./server";

/** How long any one answer may take. */
const ANSWER_MS = 10_000;

export class Speaker {
  /** What the room has sent, in the order in which it came. */
  readonly heard: Line[] = [];
  #receipts = 0;

  private constructor(
    private readonly client: Client,
    private readonly roomId: string,
    private readonly sender: string,
  ) {}

  /** Connects, subscribes and comes in; resolves once the server has stored that. */
  static async enter(server: Server, roomId: string, sender: string): Promise<Speaker> {
    const client = new Client({
      webSocketFactory: () => new WebSocket(server.websocketUrl, ["v12.stomp"]),
      reconnectDelay: 0,
    });
    const speaker = new Speaker(client, roomId, sender);
    await within("CONNECTED", (done, fail) => {
      client.onConnect = () => done();
      client.onStompError = (frame) => fail(frame.headers.message);
      client.onWebSocketClose = () => fail("the socket closed");
      client.activate();
    });
    await within("RECEIPT of SUBSCRIBE", (done) => {
      const receipt = speaker.#receipt(done);
      client.subscribe(
        `/topic/chat/room/${roomId}`,
        (message) => speaker.heard.push(JSON.parse(message.body) as Line),
        { receipt },
      );
    });
    await speaker.#send("ENTER", "");
    return speaker;
  }

  /** Says it; resolves once it is on the server's disk. */
  async say(message: string): Promise<void> {
    await this.#send("TALK", message);
  }

  /** Goes without a word of farewell: DISCONNECT and no LEAVE. */
  async disconnect(): Promise<void> {
    await this.client.deactivate();
  }

  async #send(type: "ENTER" | "TALK", message: string): Promise<void> {
    await within(`RECEIPT of ${type}`, (done, fail) => {
      this.client.onStompError = (frame) => fail(frame.headers.message);
      this.client.publish({
        destination: "/app/chat/message",
        headers: { receipt: this.#receipt(done) },
        body: JSON.stringify({ type, roomId: this.roomId, sender: this.sender, message }),
      });
    });
  }

  #receipt(done: () => void): string {
    const receipt = `speaker-${++this.#receipts}`;
    this.client.watchForReceipt(receipt, () => done());
    return receipt;
  }
}

function within(
  what: string,
  start: (done: () => void, fail: (why: string) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      reject(new Error(`${what}: ${why}`));
    };
    const timer = setTimeout(() => fail(`no answer within ${ANSWER_MS} ms`), ANSWER_MS);
    start(() => {
      clearTimeout(timer);
      resolve();
    }, fail);
  });
}
