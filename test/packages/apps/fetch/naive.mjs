const get = async (n) => Number(await (await fetch(`${process.env.HTTP_URL}/${n}`)).text());
await get(1);

export default { processors: { "*": async (job) => await get(job.data.n) } };
