import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { rowBytes } from "../../../../src/board/layout.ts";
import { readRow } from "../../../../src/board/row-reader.ts";
import { RowWriter } from "../../../../src/board/row-writer.ts";
import type { WorkerLaunchConfig } from "../../../../src/protocol/launch-config.ts";
import { RowKeeper } from "../../../../src/worker/report/row-keeper.ts";
import { settingsByDefault } from "../../../support/settings.ts";

const launch = { settings: settingsByDefault(), options: {} } as WorkerLaunchConfig;
const held = { isHolding: false, times: { loopDelayed() {} } };

test("signals are recorded on the row only once the worker has claimed it", () => {
  const memory = new ArrayBuffer(rowBytes);
  const owners: unknown[] = [];
  const recordSignals = () => owners.push(readRow(memory, 0)?.pid);
  const keeper = new RowKeeper(new RowWriter(memory, 0), launch, held, recordSignals, pino({ enabled: false }));
  keeper.heard();
  assert.deepEqual(owners, [process.pid]);
});
