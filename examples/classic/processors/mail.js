module.exports = async (job) => {
  const { to, subject } = job.data;
  if (!to.includes("@")) throw new Error(`${to} is not an address`);
  return `sent "${subject}" to ${to}`;
};
