import { hash, verify } from "@node-rs/argon2";

const echo = async (n) => {
  const hashed = await hash(String(n));
  return (await verify(hashed, String(n))) ? n : -1;
};

export default { processors: { "*": async (job) => await echo(job.data.n) } };
