console.log(process.getActiveResourcesInfo(), process._getActiveHandles().length, process._getActiveRequests().length);
