process.removeAllListeners("warning");
const { DatabaseSync } = await import("node:sqlite");
const database = new DatabaseSync("one.db");
database.exec("create table t (a integer, b text)");
const insert = database.prepare("insert into t values (?, ?)");
for (let i = 0; i < 1_000; i++) insert.run(i, `text ${i}`);
console.log(
  database.prepare("select count(*) n, sum(a) s from t").get(),
  database.prepare("select b from t where a = ?").all(7),
);
database.close();
