import { type Expression, type FunctionDeclaration, type Identifier, parse, type Statement } from "luaparse";
import { ExpressionCompiler } from "./compile-expression.ts";
import { compileGenericFor, compileNumericFor } from "./compile-loops.ts";
import { Scope } from "./scope.ts";

/**
 * Compiles a Lua script to the body of a JavaScript function, in which `$` is operators.ts, and `$globals` the libraries. luaparse
 * drops parentheses, so that `(f())` has every result of f; no script of BullMQ or forker uses that.
 */
export function compile(source: string): string {
  const chunk = parse(source, { luaVersion: "5.1", encodingMode: "pseudo-latin1", locations: true, comments: false });
  const scope = new Scope();
  const body = block(chunk.body, scope);
  return withTemporaries(scope, body);
}

const expressions: ExpressionCompiler = new ExpressionCompiler(compileFunction);

function withTemporaries({ temporaries }: Scope, body: string): string {
  return temporaries.length === 0 ? body : `let ${temporaries.join(", ")};\n${body}`;
}

function compileFunction({ parameters, body }: FunctionDeclaration, outer: Scope): string {
  const scope = new Scope(outer, true);
  const names = parameters.map((one) => (one.type === "VarargLiteral" ? "...varargs" : scope.declare(one.name)));
  return `function(${names.join(", ")}) {\n${withTemporaries(scope, block(body, scope))}\n}`;
}

function block(statements: readonly Statement[], scope: Scope): string {
  return statements.map((statement) => compileStatement(statement, scope)).join("\n");
}

function innerBlock(statements: readonly Statement[], scope: Scope): string {
  return `{\n${block(statements, new Scope(scope))}\n}`;
}

function compileStatement(statement: Statement, scope: Scope): string {
  switch (statement.type) {
    case "LocalStatement":
      return compileLocal(statement.variables, statement.init, scope);
    case "AssignmentStatement":
      return compileAssignment(statement.variables, statement.init, scope);
    case "CallStatement":
      return `${expressions.results(statement.expression, scope)};`;
    case "FunctionDeclaration":
      return compileDeclaration(statement, scope);
    case "IfStatement":
      return statement.clauses
        .map((clause) => {
          const head = clause.type === "ElseClause" ? "" : `if (${expressions.condition(clause.condition, scope)}) `;
          return head + innerBlock(clause.body, scope);
        })
        .join(" else ");
    case "WhileStatement":
      return `while (${expressions.condition(statement.condition, scope)}) ${innerBlock(statement.body, scope)}`;
    case "RepeatStatement": {
      // The condition sees the locals of the body.
      const inner = new Scope(scope);
      const body = block(statement.body, inner);
      return `for (;;) {\n${body}\nif (${expressions.condition(statement.condition, inner)}) break;\n}`;
    }
    case "DoStatement":
      return innerBlock(statement.body, scope);
    case "BreakStatement":
      return "break;";
    case "ReturnStatement":
      return compileReturn(statement.arguments, scope);
    case "ForNumericStatement":
      return compileNumericFor(statement, scope, expressions, block);
    case "ForGenericStatement":
      return compileGenericFor(statement, scope, expressions, block);
    case "LabelStatement":
    case "GotoStatement":
      throw new Error(`Lua 5.1 has no ${statement.type}`);
  }
}

function compileReturn(returned: readonly Expression[], scope: Scope): string {
  const [only] = returned;
  if (only === undefined) return "return undefined;";
  if (returned.length === 1) return `return ${expressions.results(only, scope)};`;
  return `return ${expressions.list(returned, scope)};`;
}

function compileLocal(variables: readonly Identifier[], init: readonly Expression[], scope: Scope): string {
  const [variable, initial] = [variables[0], init[0]];
  if (variable !== undefined && variables.length === 1 && init.length <= 1) {
    const code = initial === undefined ? "undefined" : expressions.value(initial, scope);
    return `let ${scope.declare(variable.name)} = ${code};`;
  }
  const code = expressions.list(init, scope);
  const values = scope.fresh("values");
  const names = variables.map(({ name }, at) => `${scope.declare(name)} = ${values}[${at}]`);
  return `const ${values} = ${code};\nlet ${names.join(", ")};`;
}

function compileAssignment(targets: readonly Expression[], init: readonly Expression[], scope: Scope): string {
  const [target, initial] = [targets[0], init[0]];
  if (target !== undefined && initial !== undefined && targets.length === 1 && init.length === 1)
    return `${expressions.assign(target, expressions.value(initial, scope), scope)};`;
  const values = scope.fresh("values");
  // Lua evaluates tables and keys before it assigns.
  const places = targets.map((one) => expressions.place(one, scope));
  const assignments = places.map(({ assign }, at) => `${assign(`${values}[${at}]`)};`);
  const before = places.map(({ evaluate }) => evaluate).join("");
  return `${before}const ${values} = ${expressions.list(init, scope)};\n${assignments.join("\n")}`;
}

function compileDeclaration(statement: FunctionDeclaration, scope: Scope): string {
  const { identifier, isLocal } = statement;
  if (identifier === null) throw new Error("a function statement without a name");
  if (identifier.type === "Identifier" && isLocal) {
    const name = scope.declare(identifier.name);
    return `let ${name} = ${compileFunction(statement, scope)};`;
  }
  return `${expressions.assign(identifier, compileFunction(statement, scope), scope)};`;
}
