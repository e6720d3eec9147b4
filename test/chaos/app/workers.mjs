import { openAccount } from "./account.mjs";
import { perform } from "./behaviours.mjs";
import { obeyMonkey } from "./mischief.mjs";

let account;

export default {
  setup(forker) {
    forker.interval = 1;
  },
  beforeFirstFork(worker) {
    account = openAccount(worker.slot);
    obeyMonkey();
  },
  teardown() {
    account?.close();
  },
  processors: { "*": async (job, _token, signal) => await perform(account, job, signal) },
};
