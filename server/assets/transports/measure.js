// @ts-check
// The measurement on the page that compares transports: messages to the server's echo and back,
// over each way in turn. The page is whole without it, and has all the words.

import {
  chunk,
  frame,
  LAST_CHUNK,
  milliseconds,
  nothing,
  REQUEST_HEAD,
  responseHead,
  summary,
  widths,
} from "./values.js";

/** @import { Summary } from "./values.js" */

/** Where the server echoes, and where it keeps letters for those who poll. */
const ECHO = "/websc/measure";
const LETTERS = "/api/measure";

/** A way on which nothing happens for so many ms, or twice that, is blocked. */
const PATIENCE = 2_500;

/**
 * So many ms pass before each message: who waits for messages has asked for the next by then, as
 * between messages that people write.
 */
const PAUSE = 40;

/** A way that does not work from here, with the HTTP status if there was one. */
class Blocked extends Error {
  constructor(status = 0) {
    super(`blocked: ${status}`);
    this.status = status;
  }
}

/** One way, while it is measured. */
class Probe {
  tally = nothing();
  /** Its own name, for the session or the letters: 128 random bits in hexadecimal digits. */
  id = Array.from(crypto.getRandomValues(new Uint8Array(16)), hex).join("");
  #stop = new AbortController();

  /** @param {Settings} settings */
  constructor(settings) {
    this.settings = settings;
  }

  /**
   * Measures, as long as something happens; whatever still runs is broken off at the end.
   *
   * @param {(probe: Probe) => Promise<void>} way
   */
  async measure(way) {
    /** @type {ReturnType<typeof setInterval> | undefined} */
    let timer;
    const stalled = new Promise((_, reject) => {
      let seen = 0;
      timer = setInterval(() => {
        const now = this.tally.requests + this.tally.delays.length;
        if (now === seen) reject(new Blocked());
        seen = now;
      }, PATIENCE);
    });
    try {
      await Promise.race([way(this), stalled]);
    } finally {
      clearInterval(timer);
      this.#stop.abort();
    }
  }

  get signal() {
    return this.#stop.signal;
  }

  /** The messages, no two alike, each with its number. */
  messages() {
    const { messages, bytes } = this.settings;
    return Array.from({ length: messages }, (_, at) => String(at).padStart(bytes, "0")).entries();
  }

  /** @param {string} transport */
  session(transport) {
    return `${ECHO}/000/${this.id}/${transport}`;
  }

  /** Forgets the bytes so far, which opened the connection and carried no message. */
  opened() {
    this.tally.sent = 0;
    this.tally.received = 0;
  }

  /**
   * @param {number} sent
   * @param {number} received
   */
  count(sent, received) {
    this.tally.sent += sent;
    this.tally.received += received;
  }

  /**
   * One message there and back: `receive` begins at once, `send` after a pause.
   *
   * @param {number} pause
   * @param {() => Promise<unknown>} send
   * @param {() => Promise<unknown>} receive
   */
  async exchange(pause, send, receive) {
    let start = 0;
    const sending = async () => {
      await sleep(pause);
      start = performance.now();
      await send();
    };
    const receiving = async () => {
      await receive();
      this.tally.delays.push(performance.now() - start);
    };
    await Promise.all([receiving(), sending()]);
  }

  /**
   * Sends a message into the session.
   *
   * @param {string} message
   */
  post(message) {
    return this.ask("POST", this.session("xhr_send"), JSON.stringify([message]));
  }

  /**
   * A request and its whole answer.
   *
   * @param {string} method
   * @param {string} path
   * @param {string} [body]
   */
  async ask(method, path, body) {
    const response = await this.open(method, path, body);
    const text = await response.text();
    const whole = text === "" || response.headers.has("content-length");
    this.count(0, whole ? text.length : chunk(text.length) + LAST_CHUNK);
    return text;
  }

  /**
   * A request, and the head of its answer.
   *
   * @param {string} method
   * @param {string} path
   * @param {string} [body]
   */
  async open(method, path, body) {
    this.tally.requests += 1;
    const response = await fetch(path, { method, body, signal: this.signal });
    if (!response.ok) throw new Blocked(response.status);
    const head = response.headers.get(REQUEST_HEAD);
    // Without it, it was not our server that answered.
    if (head === null) throw new Blocked();
    const sent = Number(head) + (body ?? "").length;
    this.count(sent, responseHead(response.statusText, response.headers));
    return response;
  }
}

/** @type {Record<string, (probe: Probe) => Promise<void>>} */
const WAYS = {
  async polling(probe) {
    const { messages, interval } = probe.settings;
    const letters = `${LETTERS}/${probe.id}`;
    for (const [at, message] of probe.messages()) {
      // Spread evenly over the interval, as messages that know nothing of it are.
      const pause = (interval * (at + 0.5)) / messages;
      const receive = async () => {
        do await sleep(interval);
        while ((await probe.ask("GET", letters)) !== message);
      };
      await probe.exchange(pause, () => probe.ask("POST", letters, message), receive);
    }
  },

  async "long-polling"(probe) {
    const poll = () => probe.ask("POST", probe.session("xhr"));
    await poll();
    probe.opened();
    for (const [, message] of probe.messages()) {
      const receive = async () => expect(await poll(), message);
      await probe.exchange(PAUSE, () => probe.post(message), receive);
    }
  },

  async streaming(probe) {
    const { body } = await probe.open("POST", probe.session("xhr_streaming"));
    if (!body) throw new Blocked();
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    /** @param {string} end */
    const until = async (end) => {
      for (let text = ""; ; ) {
        const { done, value } = await reader.read();
        if (done) throw new Blocked();
        text += value;
        if (text.includes(end) && text.endsWith("\n")) return text.length;
      }
    };
    await until("o\n");
    probe.opened();
    for (const [, message] of probe.messages()) {
      const receive = async () => probe.count(0, chunk(await until(message)));
      await probe.exchange(PAUSE, () => probe.post(message), receive);
    }
  },

  async websocket(probe) {
    // "https" becomes "wss".
    const socket = new WebSocket(`${location.origin.replace("http", "ws")}${ECHO}/websocket`);
    probe.signal.addEventListener("abort", () => socket.close());
    probe.tally.requests += 1;
    /** @param {string} event */
    const next = (event) =>
      new Promise((resolve, reject) => {
        socket.addEventListener(event, resolve, { once: true });
        socket.addEventListener("close", () => reject(new Blocked()), { once: true });
      });
    await next("open");
    for (const [, message] of probe.messages()) {
      await probe.exchange(
        PAUSE,
        async () => socket.send(message),
        async () => {
          const { data } = await next("message");
          expect(data, message);
          probe.count(frame(message.length, true), frame(data.length, false));
        },
      );
    }
  },
};

/**
 * @param {string} heard
 * @param {string} message
 */
function expect(heard, message) {
  if (!heard.includes(message)) throw new Blocked();
}

/** @param {number} octet */
function hex(octet) {
  return octet.toString(16).padStart(2, "0");
}

/** @param {number} ms */
function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * @typedef {object} Settings
 * @property {number} messages messages for each way
 * @property {number} bytes of each message, one character each
 * @property {number} interval of polling, in ms
 */

/**
 * What is shown of one way: its numbers, or what is wrong.
 *
 * @typedef {Summary | string | undefined} Outcome
 */

/** The page, which tells the settings and all the words. */
class Page {
  button = /** @type {HTMLButtonElement} */ (element("measure"));
  progress = element("progress");
  results = element("results");
  words = this.results.dataset;
  /** One for each way, in the order of the page. */
  rows = [...this.results.querySelectorAll("tbody tr")].map(tableRow);
  settings = {
    messages: Number(this.words.messages),
    bytes: Number(this.words.bytes),
    interval: Number(this.words.interval),
  };
  /** @type {Map<string, Outcome>} */
  outcomes = new Map();

  constructor() {
    this.button.addEventListener("click", () => void this.run());
    this.button.disabled = false;
  }

  async run() {
    this.button.disabled = true;
    this.outcomes.clear();
    this.results.hidden = false;
    for (const { dataset } of this.rows) {
      this.show();
      this.progress.textContent = dataset.running ?? "";
      const way = dataset.way ?? "";
      this.outcomes.set(way, await this.measure(way));
    }
    this.show();
    this.progress.textContent = this.words.done ?? "";
    this.button.disabled = false;
  }

  /**
   * @param {string} way
   * @returns {Promise<Outcome>}
   */
  async measure(way) {
    const probe = new Probe(this.settings);
    try {
      await probe.measure(WAYS[way]);
      return summary(probe.tally);
    } catch (error) {
      const heard = probe.tally.delays.length;
      if (heard > 0) return this.words.broken?.replace("{}", String(heard));
      const status = error instanceof Blocked ? error.status : 0;
      return status ? `${this.words.blocked} (HTTP ${status})` : this.words.blocked;
    }
  }

  show() {
    const all = this.rows.map(({ dataset }) => this.outcomes.get(dataset.way ?? ""));
    this.plot("delay", all, ({ median, worst }) => [median, worst - median], ({ median, worst }) =>
      `${milliseconds(median)} / ${milliseconds(worst)}`,
    );
    this.plot("bytes", all, ({ sent, received }) => [sent, received], ({ sent, received }) =>
      `${sent} + ${received}`,
    );
    for (const [at, row] of this.rows.entries()) {
      while (row.cells.length > 1) row.deleteCell(-1);
      const outcome = all[at];
      if (typeof outcome === "object") {
        const { median, worst, sent, received, requests } = outcome;
        for (const text of [milliseconds(median), milliseconds(worst), sent, received, requests]) {
          row.insertCell().textContent = String(text);
        }
      } else {
        const cell = row.insertCell();
        cell.colSpan = 5;
        cell.textContent = outcome ?? "…";
        cell.classList.toggle("none", outcome !== undefined);
      }
    }
  }

  /**
   * Fills one plot in.
   *
   * @param {string} id
   * @param {Outcome[]} all
   * @param {(numbers: Summary) => [number, number]} parts
   * @param {(numbers: Summary) => string} words
   */
  plot(id, all, parts, words) {
    const bars = widths(all.map((one) => (typeof one === "object" ? parts(one) : [0, 0])));
    for (const [at, row] of element(id).querySelectorAll("g").entries()) {
      const outcome = all[at];
      const [value, first, second] = row.querySelectorAll(".value, .first, .second");
      value.textContent = typeof outcome === "object" ? words(outcome) : (outcome ?? "");
      value.classList.toggle("none", typeof outcome === "string");
      first.setAttribute("width", `${bars[at][0]}%`);
      second.setAttribute("x", `${bars[at][0]}%`);
      second.setAttribute("width", `${bars[at][1]}%`);
    }
  }
}

/** @param {Element} row */
function tableRow(row) {
  return /** @type {HTMLTableRowElement} */ (row);
}

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

new Page();
