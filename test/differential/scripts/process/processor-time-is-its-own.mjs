console.log(process.cpuUsage().user < 10_000_000, process.resourceUsage().maxRSS > 0);
