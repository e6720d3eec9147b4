import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "./redis.ts";

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

interface Metadata {
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** Debian's Prometheus, which scrapes one target every two seconds. */
export class Prometheus implements AsyncDisposable {
  readonly #address: string;
  readonly #process: ReturnType<typeof spawn>;
  readonly #folder: string;

  static async scraping(target: string): Promise<Prometheus> {
    const folder = mkdtempSync(path.join(tmpdir(), "forker-prometheus-"));
    const configuration = {
      global: { scrape_interval: "2s" },
      scrape_configs: [{ job_name: "forker", static_configs: [{ targets: [target] }] }],
    };
    writeFileSync(path.join(folder, "prometheus.yml"), JSON.stringify(configuration));
    return new Prometheus(folder, `127.0.0.1:${await freePort()}`);
  }

  private constructor(folder: string, address: string) {
    const options = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", `--web.listen-address=${address}`];
    this.#folder = folder;
    this.#address = address;
    this.#process = spawn("prometheus", options, { cwd: folder, stdio: "ignore" });
  }

  async query(expr: string): Promise<readonly Series[]> {
    const { result } = await this.#ask<{ result: readonly Series[] }>(`query?query=${encodeURIComponent(expr)}`);
    return result;
  }

  /** By the name of the metric, as the scraped format had it. */
  async metadata(): Promise<Readonly<Record<string, readonly Metadata[]>>> {
    return await this.#ask("metadata");
  }

  /** What is wrong with the latest scrape. Empty: nothing. */
  async scrapeError(): Promise<string> {
    const { activeTargets } = await this.#ask<{ activeTargets: readonly { lastError: string }[] }>("targets");
    return activeTargets.map(({ lastError }) => lastError).join();
  }

  async #ask<Data>(what: string): Promise<Data> {
    const answer = (await (await fetch(`http://${this.#address}/api/v1/${what}`)).json()) as {
      readonly error?: string;
      readonly data?: Data;
    };
    if (answer.data === undefined) throw new Error(`${what}: ${answer.error}`);
    return answer.data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
