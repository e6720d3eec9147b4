for (const bytes of ["00", "0061736d01000000ff", "0061736d02000000"]) {
  console.log(WebAssembly.validate(Buffer.from(bytes, "hex")));
  await WebAssembly.compile(Buffer.from(bytes, "hex")).catch((error) => console.log(`${error}`));
}
