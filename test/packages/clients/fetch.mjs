import { application, url } from "./application.mjs";

export default application(async (n) => Number(await (await fetch(`${url}/${n}`)).text()));
