import { compare, hash } from "bcrypt";

const echo = async (n) => {
  const hashed = await hash(String(n), 4);
  return (await compare(String(n), hashed)) ? n : -1;
};

export default { processors: { "*": async (job) => await echo(job.data.n) } };
