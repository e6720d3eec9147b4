import tls from "node:tls";

console.log(tls.rootCertificates.length > 100, tls.getCACertificates?.("bundled").length > 100);
console.log(tls.createSecureContext().constructor.name, tls.getCiphers().length);
