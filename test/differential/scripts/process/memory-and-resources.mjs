console.log(Object.keys(process.memoryUsage()), process.memoryUsage.rss() > 1e6, Object.keys(process.resourceUsage()));
console.log(process.constrainedMemory() >= 0, process.availableMemory() > 0, Object.keys(process.cpuUsage()));
const used = process.cpuUsage();
const end = performance.now() + 200;
while (performance.now() < end);
const { user, system } = process.cpuUsage(used);
console.log(user + system > 0, process.hrtime.bigint() > 0n);
