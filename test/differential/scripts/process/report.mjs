const report = process.report.getReport();
console.log(report.header.processId === process.pid, report.header.cwd === process.cwd(), Object.keys(report));
