// An application that uses a client in setup(), and so has a connection open when the template forks; then in the jobs of its workers;
// and at last in the template, when the workers have ended. ask(n) sends n to a server, and returns what the server makes of it: n.
import process from "node:process";

export const application = (ask, close = async () => undefined) => ({
  async setup() {
    // Two at a time, so that a pool has two idle connections.
    await Promise.all([same(ask, 1), same(ask, 2)]);
  },
  async teardown({ role }) {
    if (role === "template") console.log(JSON.stringify({ msg: "the template's client", answer: await same(ask, 3) }));
    await close();
  },
  processors: { "*": async (job) => await same(ask, job.data.n) },
});

async function same(ask, n) {
  const answer = await ask(n);
  if (answer !== n) throw new Error(`asked ${n}, got ${answer}`);
  return answer;
}

export const { URL: url = "", TRANSPORT: transport = "tcp" } = process.env;
