// A no-op job in BullMQ's sandbox.
module.exports = async () => {};
