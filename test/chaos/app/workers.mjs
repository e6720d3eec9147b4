import { openAccount } from "./account.mjs";
import { perform } from "./behaviours.mjs";
import { obeyMonkey } from "./mischief.mjs";

let account;

export default {
  setup(forker) {
    forker.queueDiscoveryInterval = 1;
  },
  afterFork(worker) {
    account = openAccount(worker.slot);
    obeyMonkey();
  },
  teardown() {
    account?.close();
  },
  processors: { "*": async (job, _token, signal) => await perform(account, job, signal) },
};
