/** A receiver that is down for a while answers at the third attempt. */
module.exports = async (job) => {
  const { url, failures = 0 } = job.data;
  if (job.attemptsMade < failures) throw new Error(`${url} answered 503`);
  return { url, status: 200 };
};
