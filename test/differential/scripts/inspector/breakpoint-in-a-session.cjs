const { Session } = require("node:inspector");

const session = new Session();
session.connect();
session.on("Debugger.paused", ({ params }) => console.log("paused", params.reason, params.callFrames[0].functionName));
session.post("Debugger.enable");
(function stopsHere() {
  debugger;
})();
console.log("went on");
