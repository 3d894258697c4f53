// What a check sees of a client, whichever library and whichever place it runs in.
//
// `kit`, the adapters and the checks run in Node as they are, and in a page as their own source
// text: they use nothing but their parameters and what every JavaScript has.

export type Headers = Record<string, string>;

export type Message = {
  body: string;
  headers: Headers;
  ack(headers?: Headers): void;
  nack(headers?: Headers): void;
};

export type Subscription = {
  /** The next message that has not been taken yet. */
  next(): Promise<Message>;
  /** UNSUBSCRIBE. */
  close(): void;
};

/** One STOMP session. */
export type Peer = {
  /** The headers of CONNECTED. */
  connected: Headers;
  send(destination: string, body: string, headers?: Headers): void;
  subscribe(destination: string, headers?: Headers): Subscription;
  begin(transaction: string): void;
  commit(transaction: string): void;
  abort(transaction: string): void;
  /** Has a frame sent with this receipt id; resolves with the headers of its RECEIPT. */
  receipt(send: (id: string) => void): Promise<Headers>;
  /** Once all that was sent before has been done: frames of a session are taken in turn. */
  done(): Promise<void>;
  /** The next message of a subscription that was not made here. */
  unclaimed(): Promise<Message>;
  /** The next ERROR. */
  error(): Promise<Headers>;
  /** Once the server has closed the connection. */
  closed(): Promise<void>;
  /** DISCONNECT in the library's own way. */
  leave(): Promise<void>;
};

export type ConnectOptions = {
  headers?: Headers;
  /** Milliseconds between heart-beats, both ways; none unless given. */
  heartbeat?: number;
};

export type Connect = (options?: ConnectOptions) => Promise<Peer>;

export type Kit = ReturnType<typeof kit>;

export function kit() {
  /** How long any one answer may take. */
  const ANSWER_MS = 10_000;

  function within<T>(
    what: string,
    start: (done: (value: T) => void, fail: (why: string) => void) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => {
        clearTimeout(timer);
        reject(new Error(`${what}: ${why}`));
      };
      const timer = setTimeout(() => fail(`nothing within ${ANSWER_MS} ms`), ANSWER_MS);
      start((value) => {
        clearTimeout(timer);
        resolve(value);
      }, fail);
    });
  }

  /** What came and was not taken yet, or who waits for it. */
  function mailbox<T>(what: string) {
    const come: T[] = [];
    const waiting: ((value: T) => void)[] = [];
    return {
      put(value: T) {
        const first = waiting.shift();
        if (first) first(value);
        else come.push(value);
      },
      next(): Promise<T> {
        return within(what, (done) => {
          if (come.length > 0) done(come.shift() as T);
          else waiting.push(done);
        });
      },
    };
  }

  return { within, mailbox };
}
