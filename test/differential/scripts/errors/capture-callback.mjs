process.setUncaughtExceptionCaptureCallback((error) => console.log("captured", error.message));
setTimeout(() => {
  throw new Error("one");
}, 1);
