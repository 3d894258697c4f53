// A corner of a PostgreSQL server for one test.

import { randomUUID } from "node:crypto";

import { Client } from "pg";

/** A schema of its own, which is removed with all that was put into it. */
export class Schema {
  private constructor(
    private readonly server: string,
    private readonly name: string,
  ) {}

  /** `server` is a URL such as `script/postgres start` prints. */
  static async create(server: string): Promise<Schema> {
    const schema = new Schema(server, `e2e_${randomUUID().replaceAll("-", "")}`);
    await schema.#run(`CREATE SCHEMA ${schema.name}`);
    return schema;
  }

  /** For `--database-url`. */
  get url(): string {
    const sign = this.server.includes("?") ? "&" : "?";
    return `${this.server}${sign}options[search_path]=${this.name}`;
  }

  /** Nobody may use it any more. */
  async drop(): Promise<void> {
    await this.#run(`DROP SCHEMA ${this.name} CASCADE`);
  }

  async #run(sql: string): Promise<void> {
    const client = new Client({ connectionString: this.server });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }
}
