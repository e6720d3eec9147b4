import type { Expression, ForGenericStatement, ForNumericStatement, Statement } from "luaparse";
import type { ExpressionCompiler } from "./compile-expression.ts";
import { Scope } from "./scope.ts";

type Block = (statements: readonly Statement[], scope: Scope) => string;

export function compileNumericFor(
  { variable, start, end, step, body, loc }: ForNumericStatement,
  scope: Scope,
  expressions: ExpressionCompiler,
  block: Block,
): string {
  const inner = new Scope(scope);
  const [counter, limit, change] = [scope.fresh("counter"), scope.fresh("limit"), scope.fresh("step")];
  const number = (expression: Expression, what: string) =>
    `$.loopNumber(${expressions.value(expression, scope)}, "${what}", "${loc?.start.line}")`;
  const changeCode = step === null ? "1" : number(step, "step");
  const head = `let ${counter} = ${number(start, "initial")}, ${limit} = ${number(end, "limit")}, ${change} = ${changeCode}`;
  const test =
    step === null ? `${counter} <= ${limit}` : `${change} > 0 ? ${counter} <= ${limit} : ${counter} >= ${limit}`;
  const name = inner.declare(variable.name);
  return `for (${head}; ${test}; ${counter} += ${change}) {\nlet ${name} = ${counter};\n${block(body, inner)}\n}`;
}

export function compileGenericFor(
  { variables, iterators, body }: ForGenericStatement,
  scope: Scope,
  expressions: ExpressionCompiler,
  block: Block,
): string {
  const inner = new Scope(scope);
  const next = scope.fresh("next");
  const start = `const ${next} = $.iteration(${expressions.list(iterators, scope)});`;
  const values = scope.fresh("values");
  const names = variables.map(({ name }, at) => `${inner.declare(name)} = ${values}[${at}]`);
  const step = `const ${values} = ${next}();\nif (${values} === undefined) break;\nlet ${names.join(", ")};`;
  return `${start}\nfor (;;) {\n${step}\n${block(body, inner)}\n}`;
}
