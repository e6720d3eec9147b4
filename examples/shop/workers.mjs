import { defineForker } from "bullmq-forker";

/** The application, loaded once in the template; each worker is a fork that already has it. */
let shop;

export default defineForker({
  async setup(forker) {
    const { loadShop } = await import("./src/shop.mjs");
    shop = await loadShop();
    forker.workload = ["import", "import,export", "import,export", "*"];
    forker.queueDiscoveryInterval = 1;
  },

  async warmup() {
    await shop.rehearse();
  },

  async afterFork() {
    await shop.connect();
  },

  async beforePerform(job) {
    await shop.ledger.began(job);
  },

  async afterPerform(job) {
    await shop.ledger.done(job);
  },

  async teardown() {
    await shop?.disconnect();
  },

  processors: {
    import: async (job) => await shop.importProducts(job.data),
    export: async (job) => await shop.exportPriceList(job.id, job.data),
    mail: async (job, _token, signal) => await shop.mailReceipt(job.id, job.data, signal),
    thumbnails: async (job) => await shop.makeThumbnail(job.id, job.data),
  },
});
