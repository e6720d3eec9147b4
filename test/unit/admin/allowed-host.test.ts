import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isAllowedHost } from "../../../src/admin/allowed-host.ts";

const allowed = (host: string | undefined, ...names: string[]) => isAllowedHost(host, names);

describe("the Host of a request", () => {
  test("may be any IP address, by which kubelets, scrapers and load balancers name a pod", () => {
    for (const host of [
      "10.0.0.7",
      "10.0.0.7:9400",
      "127.0.0.1:9400",
      "[::1]:9400",
      "[fd00::7]",
      "[::ffff:10.0.0.7]:80",
    ])
      assert.equal(allowed(host), true, host);
  });

  test("may be localhost in any spelling", () => {
    for (const host of ["localhost", "localhost:9400", "LocalHost.:9400"]) assert.equal(allowed(host), true, host);
  });

  test("may be missing, as in HTTP/1.0: a browser always sends it", () => {
    assert.equal(allowed(undefined), true);
  });

  test("may not be any other name: another site's name may resolve to forker's address", () => {
    const others = [
      "evil.example:9400",
      "evil.example",
      "workers",
      "localhost.evil.example",
      "127.0.0.1.evil.example:9400",
      "10.0.0.7evil",
      "::1",
      "[evil.example]",
      "evil.example:9400:9400",
      "user@10.0.0.7",
      "10.0.0.7/",
    ];
    for (const host of others) assert.equal(allowed(host), false, host);
  });

  test("may be a name of FORKER_HTTP_HOSTS, with any port", () => {
    for (const host of ["workers", "workers:9400", "Workers.:80"]) assert.equal(allowed(host, "workers"), true, host);
    assert.equal(allowed("workers.evil.example", "workers"), false);
  });

  test("may be a name below one with *., but not that name itself", () => {
    const names = ["workers", "*.jobs.svc"];
    assert.equal(allowed("a.jobs.svc:9400", ...names), true);
    assert.equal(allowed("a.b.jobs.svc", ...names), true);
    assert.equal(allowed("jobs.svc", ...names), false);
    assert.equal(allowed("evil-jobs.svc", ...names), false);
  });

  test("may be anything when * is allowed", () => {
    assert.equal(allowed("evil.example", "*"), true);
  });
});
