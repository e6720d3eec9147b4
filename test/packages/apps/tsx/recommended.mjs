const { echo } = await import("../../.generated/echo.mjs");

export default { processors: { "*": async (job) => echo(job.data.n) } };
