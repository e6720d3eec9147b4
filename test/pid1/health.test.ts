// What the kubelet, Docker and Prometheus see of a forker in each situation.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import { describe, test } from "node:test";
import { exitCodes } from "../../src/exit/exit-codes.ts";
import { eventually } from "../support/deadline.ts";
import { entrypoint, Forker } from "../support/forker.ts";
import { HealthProbe } from "../support/health.ts";
import { freePort } from "../support/redis.ts";

async function started(options: Parameters<typeof Forker.start>[0] = {}) {
  const probe = await HealthProbe.onFreePort();
  const forker = await Forker.start({ ...options, env: { ...probe.env, ...options.env } });
  return { probe, forker };
}

/** Runs `forker status --check` and returns its exit code and output. */
async function check(forker: Forker): Promise<{ code: number; line: string }> {
  try {
    return { code: 0, line: (await forker.subcommand("status", "--check")).trim() };
  } catch (cause) {
    const { code, stdout } = cause as { code: number; stdout: string };
    return { code, line: stdout.trim() };
  }
}

describe("health over HTTP", () => {
  test("shows live at once, up and ready when every slot takes jobs, and live but not ready during a drain", async () => {
    const { probe, forker } = await started({ workload: "jobs x2; other" });
    await using _ = forker;
    await probe.shows("200 503 503", forker);
    await probe.shows("200 200 200", forker);
    const ready = await probe.verdict("/readyz");
    const { slots } = await forker.status();
    assert.deepEqual(
      ready.slots.map(({ slot, pid, state }) => [slot, pid, state]),
      slots.map(({ slot, workers }) => [slot, workers[0]?.pid, "taking"]),
    );
    assert.deepEqual(await check(forker), { code: 0, line: "ready" });
    const id = await forker.add("deaf");
    await forker.began(id);
    forker.pid1.signal("SIGQUIT");
    await probe.shows("200 503 200", forker);
    assert.equal((await probe.verdict("/readyz")).reason, "draining");
    assert.deepEqual(await check(forker), { code: exitCodes.notReady.code, line: "not ready: draining" });
    await forker.release(id);
    assert.equal(await forker.pid1.exitCode(60_000), 0);
  });

  test("shows live, neither up nor ready, with the reason while setup() hangs", async () => {
    const { probe, forker } = await started({ env: { TEST_SETUP_HANGS_IN: "1" } });
    await using _ = forker;
    await forker.logged("loading application");
    await probe.shows("200 503 503", forker);
    assert.equal((await probe.verdict("/startupz")).reason, "the application is loading");
    forker.pid1.signal("SIGTERM");
    assert.equal(await forker.pid1.exitCode(60_000), 0);
  });

  test("shows not ready after a worker is killed until its successor takes jobs, and live and up throughout", async () => {
    const { probe, forker } = await started({ workload: "jobs; other" });
    await using _ = forker;
    await forker.ready();
    const [victim] = (await probe.verdict("/readyz")).slots;
    const seen = new Set<string>();
    forker.pid1.signalInner(victim?.pid ?? 0, "SIGKILL");
    await eventually(60_000, "its successor", async () => {
      const verdict = await probe.verdict("/readyz");
      if (verdict.reason !== null) seen.add(verdict.reason);
      assert.ok((await probe.verdict("/livez")).ok);
      return verdict.ok && verdict.slots[0]?.pid !== victim?.pid;
    });
    assert.ok([...seen].every((reason) => /^slot 0: (no worker|starting|standby|waiting for Redis)/.test(reason)));
    const { lastDeath, oomKills } = (await forker.status()).slots[0] ?? {};
    assert.deepEqual([lastDeath, oomKills], ["died of SIGKILL", 0]);
  });

  test("shows live and up but not ready while suspended, without a reason for a restart, and ready when resumed", async () => {
    const { probe, forker } = await started();
    await using _ = forker;
    await forker.ready();
    forker.pid1.signal("SIGUSR2");
    await probe.shows("200 503 200", forker);
    await eventually(60_000, "both", async () => (await probe.verdict("/readyz")).slots.every((one) => one.suspended));
    assert.equal((await probe.verdict("/readyz")).reason, "slot 0: suspended; slot 1: suspended");
    assert.deepEqual(await check(forker), { code: 0, line: "as requested: slot 0: suspended; slot 1: suspended" });
    assert.equal((await probe.metrics()).get("forker_suspended"), 1);
    forker.pid1.signal("SIGCONT");
    await probe.shows("200 200 200", forker);
  });

  test("shows ready throughout a reload, even while an old worker finishes a long job", async () => {
    const { probe, forker } = await started({ workload: "jobs" });
    await using _ = forker;
    await forker.ready();
    const id = await forker.add("deaf");
    await forker.began(id);
    forker.pid1.signal("SIGHUP");
    const draining = await forker.until("the successor waits", ({ slots }) => slots[0]?.workers.length === 2);
    assert.ok(draining.reloading);
    assert.equal(await probe.all(), "200 200 200");
    await forker.release(id);
    await forker.reloaded(2);
    assert.equal(await probe.all(), "200 200 200");
    assert.equal((await probe.metrics()).get("forker_generation"), 2);
  });

  test("shows live and up but not ready, with the reason, while Redis is down, and ready when it returns", async () => {
    const { probe, forker } = await started();
    await using _ = forker;
    await forker.ready();
    await forker.redis.kill();
    await probe.shows("200 503 200", forker);
    await eventually(60_000, "the reason", async () =>
      /slot 0: waiting for Redis: .*ECONNREFUSED/.test((await probe.verdict("/readyz")).reason ?? ""),
    );
    await forker.redis.start();
    await probe.shows("200 200 200", forker);
  });

  test("shows up without Redis at boot, since a restart would not bring it", async () => {
    const { probe, forker } = await started({ env: { REDIS_URL: `redis://127.0.0.1:${await freePort()}` } });
    await using _ = forker;
    await probe.shows("200 503 200", forker);
    assert.match((await probe.verdict("/readyz")).reason ?? "", /^slot 0: (waiting for Redis|standby)/);
  });

  test("shows not ready while a worker is stopped, and live, because init replaces it without a restart", async () => {
    const { probe, forker } = await started({ workload: "jobs; other", env: { FORKER_STUCK_TIMEOUT: "3s" } });
    await using _ = forker;
    const before = await forker.ready();
    forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGSTOP");
    const reasons = new Set<string>();
    await eventually(60_000, "it is found", async () => {
      const { reason } = await probe.verdict("/readyz");
      if (reason !== null) reasons.add(reason);
      return forker.log.some(({ msg, how }) => msg === "replacing stuck worker" && how === "kill");
    });
    assert.match([...reasons].join(), /^slot 0: (stopped \(SIGSTOP\)|its event loop has not run)/);
    await probe.shows("200 200 200", forker);
    const [slot] = (await probe.verdict("/readyz")).slots;
    assert.notEqual(slot?.pid, before.slots[0]?.workers[0]?.pid);
  });

  test("shows not ready while one slot crashes repeatedly, and live, because the other slots continue", async () => {
    const { probe, forker } = await started({ workload: "jobs; other" });
    await using _ = forker;
    await forker.ready();
    // The job is handed back, and ends three workers (docs/KEEPER.md).
    for (let job = 0; job < 2; job++) await forker.add("exits", {}, "other");
    await eventually(60_000, "the reason, and what else is said of that moment", async () => {
      const [live, ready, up] = (await probe.all()).split(" ");
      assert.deepEqual([live, up], ["200", "200"]);
      const { reason } = await probe.verdict("/readyz");
      const metrics = await probe.metrics();
      assert.equal(metrics.get('forker_slot_ready{slot="0"}'), 1);
      const isSaid = /^slot 1: no worker: [2-9] crashes in a row, the next try in/.test(reason ?? "");
      return isSaid && ready === "503" && metrics.get('forker_slot_ready{slot="1"}') === 0;
    });
  });

  test("counts jobs by slot in its metrics, even across the replacement of a worker", async () => {
    const { probe, forker } = await started({ workload: "jobs" });
    await using _ = forker;
    const before = await forker.ready();
    await forker.finished(await forker.add("quick"));
    await forker.add("fails");
    const counts = async (finished: number, failed: number, restarts: number) =>
      await eventually(60_000, `${finished} ${failed} ${restarts}\n${forker.pid1.transcript}`, async () => {
        const metrics = await probe.metrics();
        const names = ["forker_jobs_finished_total", "forker_jobs_failed_total", "forker_worker_restarts_total"];
        return names.map((name) => metrics.get(`${name}{slot="0"}`)).join() === [finished, failed, restarts].join();
      });
    await counts(1, 1, 0);
    forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
    await forker.loggedWith("worker exited", { signal: "SIGKILL" });
    await forker.finished(await forker.add("quick"));
    await counts(2, 1, 1);
    const metrics = await probe.metrics();
    const named = [...metrics.keys()].filter((name) => name.startsWith("forker_build_info{"));
    assert.match(named.join(), /^forker_build_info\{version="\d+\.\d+\.\d+",node="v\d+\.\d+\.\d+"\}$/);
    for (const role of ['role="init"', 'role="template"', 'role="worker",slot="0"'])
      assert.ok((metrics.get(`forker_process_resident_memory_bytes{${role}}`) ?? 0) > 10 << 20, role);
    const status = JSON.parse((await probe.get("/status")).text) as { slots: { finished: number }[] };
    assert.equal(status.slots[0]?.finished, 2);
  });

  test("is served on a low port that init binds before it changes its user", async () => {
    const probe = new HealthProbe("127.0.0.91:81");
    await using forker = await Forker.start({ env: { ...probe.env, FORKER_USER: "12345:12345" } });
    await probe.shows("200 200 200", forker);
    await forker.logged("changed to user 12345");
  });
});

describe("an address that forker cannot bind", () => {
  test("ends the boot with one line, before the application is loaded, when the port is in use", async () => {
    const { probe, forker: first } = await started();
    await using _ = first;
    await probe.shows("200 200 200", first);
    await using second = await Forker.start({ env: probe.env });
    assert.equal(await second.pid1.exitCode(60_000), exitCodes.system.code);
    assert.match(second.pid1.transcript, /FORKER_HTTP: cannot listen on 127\.0\.0\.1:\d+: the port is in use/);
    assert.doesNotMatch(second.pid1.transcript, /loading application|^\S*\s+at /m);
  });

  test("ends the boot in the same way when a low port is not permitted", async () => {
    await using forker = await Forker.start({
      env: { FORKER_HTTP: "127.0.0.91:81", FORKER_USER: undefined },
      wrapper: [
        "setpriv",
        "--reuid=12345",
        "--regid=12345",
        "--clear-groups",
        "--inh-caps=-all",
        "--bounding-set=-all",
      ],
    });
    assert.equal(await forker.pid1.exitCode(60_000), exitCodes.system.code);
    assert.match(forker.pid1.transcript, /FORKER_HTTP: cannot listen on 127\.0\.0\.91:81: this user is not allowed to/);
  });
});

test("a web page that uses a host name of its own gets nothing, unless FORKER_HTTP_HOSTS has that name", async () => {
  const { probe, forker } = await started({ workload: "jobs", env: { FORKER_HTTP_HOSTS: "workers, *.jobs.svc" } });
  await using _ = forker;
  await forker.ready();
  const statusFor = async (host: string) => {
    const request = http.get(`http://${probe.address}/status`, { headers: { host }, agent: false });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    response.resume();
    return response.statusCode;
  };
  for (const host of [probe.address, "10.0.0.7:9400", "localhost", "workers:9400", "a.jobs.svc"])
    assert.equal(await statusFor(host), 200, host);
  for (let times = 0; times < 20; times++) assert.equal(await statusFor("rebound.example"), 421);
  const lines = forker.log.filter(({ host }) => host === "rebound.example");
  assert.equal(lines.length, 1, "one line in ten seconds");
});

test("status --watch repeats the status and ends with the forker", async () => {
  await using forker = await Forker.start({ workload: "jobs" });
  await forker.ready();
  const inside = ["-t", String(forker.pid1.outerPid), "--pid", "--mount", "--", process.execPath, entrypoint];
  const watch = spawn("nsenter", [...inside, "status", "--watch"], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  watch.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  await eventually(60_000, "three looks", () => (text.match(/^forker 1, running/gm) ?? []).length >= 3);
  const ended = new Promise((resolve) => watch.once("close", resolve));
  assert.equal(await forker.drained(), 0);
  // The namespace ends with PID 1: the kernel may kill the command before it sees init's end.
  assert.ok([0, 137, null].includes((await ended) as number | null));
});
