import { BlockList, isIP, SocketAddress } from "node:net";

const list = new BlockList();
list.addSubnet("10.0.0.0", 8);
console.log(list.check("10.1.2.3"), list.check("11.1.2.3"), isIP("::1"), new SocketAddress({ port: 1 }).family);
