const { echo } = await import("./echo.ts");

export default { processors: { "*": async (job) => echo(job.data.n) } };
