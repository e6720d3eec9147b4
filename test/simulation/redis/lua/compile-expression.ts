import type { Expression, FunctionDeclaration, TableConstructorExpression } from "luaparse";
import type { Scope } from "./scope.ts";

const arithmetic: Readonly<Record<string, string>> = {
  "+": "add",
  "-": "subtract",
  "*": "multiply",
  "/": "divide",
  "%": "modulo",
  "^": "power",
  "..": "concat",
};

type Call = Extract<Expression, { type: "CallExpression" | "TableCallExpression" | "StringCallExpression" }>;

export class ExpressionCompiler {
  readonly #compileFunction: (declaration: FunctionDeclaration, scope: Scope) => string;

  constructor(compileFunction: (declaration: FunctionDeclaration, scope: Scope) => string) {
    this.#compileFunction = compileFunction;
  }

  /** One value. */
  value(expression: Expression, scope: Scope): string {
    switch (expression.type) {
      case "StringLiteral":
        return JSON.stringify(expression.value);
      case "NumericLiteral":
        return String(expression.value);
      case "BooleanLiteral":
        return String(expression.value);
      case "NilLiteral":
        return "undefined";
      case "VarargLiteral":
        return "varargs[0]";
      case "FunctionDeclaration":
        return this.#compileFunction(expression, scope);
      case "Identifier":
        return scope.find(expression.name) ?? `$globals.read(${JSON.stringify(expression.name)})`;
      case "MemberExpression":
        return this.#index(expression.base, JSON.stringify(expression.identifier.name), scope);
      case "IndexExpression":
        return this.#index(expression.base, this.value(expression.index, scope), scope);
      case "CallExpression":
      case "TableCallExpression":
      case "StringCallExpression":
        return `$.first(${this.#call(expression, scope)})`;
      case "TableConstructorExpression":
        return this.#table(expression, scope);
      case "UnaryExpression":
        if (expression.operator === "not") return `!${this.#truth(expression.argument, scope)}`;
        return `$.${expression.operator === "#" ? "length" : "negate"}(${this.value(expression.argument, scope)}, ${where(expression.argument, scope)})`;
      case "LogicalExpression":
        return this.#logical(expression.operator, expression.left, expression.right, scope);
      case "BinaryExpression":
        return this.#binary(expression.operator, expression.left, expression.right, scope);
    }
  }

  /** Every result of a call or of `...`, or one value. */
  results(expression: Expression, scope: Scope): string {
    if (isInParentheses(expression)) return this.value(expression, scope);
    if (isCall(expression)) return this.#call(expression, scope);
    return expression.type === "VarargLiteral" ? "[...varargs]" : this.value(expression, scope);
  }

  /** The values of several expressions as an array. */
  list(expressions: readonly Expression[], scope: Scope): string {
    const last = expressions.at(-1);
    if (last === undefined) return "[]";
    const before = expressions.slice(0, -1).map((one) => this.value(one, scope));
    if (!hasResults(last)) return `[${[...before, this.value(last, scope)].join(", ")}]`;
    return before.length === 0
      ? `$.all(${this.results(last, scope)})`
      : `$.join([${before.join(", ")}], ${this.results(last, scope)})`;
  }

  /** A JavaScript boolean. */
  condition(expression: Expression, scope: Scope): string {
    if (expression.type === "LogicalExpression") {
      const operator = expression.operator === "and" ? "&&" : "||";
      return `(${this.condition(expression.left, scope)} ${operator} ${this.condition(expression.right, scope)})`;
    }
    return this.#truth(expression, scope);
  }

  /** Assigns one value. */
  assign(target: Expression, code: string, scope: Scope): string {
    if (target.type === "Identifier") {
      const local = scope.find(target.name);
      return local === undefined ? `$globals.write(${JSON.stringify(target.name)}, ${code})` : `${local} = ${code}`;
    }
    const { table, key, at } = this.#element(target, scope);
    return `$.setIndex(${table}, ${key}, ${code}, ${at})`;
  }

  /** Where one of several values is assigned: code that evaluates its table and key, and code that assigns. */
  place(target: Expression, scope: Scope): { evaluate: string; assign: (code: string) => string } {
    if (target.type === "Identifier") return { evaluate: "", assign: (code) => this.assign(target, code, scope) };
    const { table, key, at } = this.#element(target, scope);
    const [tableName, keyName] = [scope.fresh("table"), scope.fresh("key")];
    return {
      evaluate: `const ${tableName} = ${table}, ${keyName} = ${key};\n`,
      assign: (code) => `$.setIndex(${tableName}, ${keyName}, ${code}, ${at})`,
    };
  }

  #element(target: Expression, scope: Scope) {
    if (target.type !== "MemberExpression" && target.type !== "IndexExpression")
      throw new Error(`cannot assign to ${target.type}`);
    const isMember = target.type === "MemberExpression";
    const key = isMember ? JSON.stringify(target.identifier.name) : this.value(target.index, scope);
    return { table: this.value(target.base, scope), key, at: where(target.base, scope) };
  }

  #truth(expression: Expression, scope: Scope): string {
    const code = this.value(expression, scope);
    return isBoolean(expression) ? `(${code})` : `$.isTrue(${code})`;
  }

  #logical(operator: string, left: Expression, right: Expression, scope: Scope): string {
    const temporary = scope.temporary();
    const test = `$.isTrue(${temporary} = ${this.value(left, scope)})`;
    const other = this.value(right, scope);
    return operator === "and" ? `(${test} ? ${other} : ${temporary})` : `(${test} ? ${temporary} : ${other})`;
  }

  #binary(operator: string, left: Expression, right: Expression, scope: Scope): string {
    const [one, other] = [this.value(left, scope), this.value(right, scope)];
    const at = JSON.stringify(String(left.loc?.start.line));
    if (operator === "==" || operator === "~=") return `(${one} ${operator === "==" ? "===" : "!=="} ${other})`;
    if (operator === "<") return `$.isLess(${one}, ${other}, ${at})`;
    if (operator === "<=") return `$.isLessOrEqual(${one}, ${other}, ${at})`;
    if (operator === ">") return `$.isGreater(${one}, ${other}, ${at})`;
    if (operator === ">=") return `$.isGreaterOrEqual(${one}, ${other}, ${at})`;
    return `$.${arithmetic[operator]}(${one}, ${other}, ${where(left, scope)}, ${where(right, scope)})`;
  }

  #index(base: Expression, key: string, scope: Scope): string {
    return `$.index(${this.value(base, scope)}, ${key}, ${where(base, scope)})`;
  }

  #call(call: Call, scope: Scope): string {
    const args =
      call.type === "CallExpression"
        ? call.arguments
        : [call.type === "StringCallExpression" ? call.argument : call.arguments];
    const last = args.at(-1);
    const words = args.slice(0, -1).map((one) => this.value(one, scope));
    if (last !== undefined)
      words.push(hasResults(last) ? `...$.all(${this.results(last, scope)})` : this.value(last, scope));
    const { base } = call;
    if (base.type === "MemberExpression" && base.indexer === ":") {
      const self = scope.temporary();
      const method = `$.index(${self} = ${this.value(base.base, scope)}, ${JSON.stringify(base.identifier.name)}, ${where(base.base, scope)})`;
      return `$.callable(${method}, ${where(base, scope)})(${[self, ...words].join(", ")})`;
    }
    return `$.callable(${this.value(base, scope)}, ${where(base, scope)})(${words.join(", ")})`;
  }

  #table({ fields }: TableConstructorExpression, scope: Scope): string {
    const elements: Expression[] = [];
    const entries: string[] = [];
    for (const field of fields) {
      if (field.type === "TableValue") elements.push(field.value);
      else {
        const key = field.type === "TableKeyString" ? JSON.stringify(field.key.name) : this.value(field.key, scope);
        entries.push(key, this.value(field.value, scope));
      }
    }
    return `$.construct(${this.list(elements, scope)}, [${entries.join(", ")}])`;
  }
}

function isCall(expression: Expression): expression is Call {
  return /^(?:|Table|String)CallExpression$/.test(expression.type);
}

function hasResults(expression: Expression): boolean {
  return !isInParentheses(expression) && (isCall(expression) || expression.type === "VarargLiteral");
}

/** luaparse marks an expression in parentheses, which has one value. */
function isInParentheses(expression: Expression): boolean {
  return "inParens" in expression && expression.inParens === true;
}

function isBoolean(expression: Expression): boolean {
  if (expression.type === "BooleanLiteral") return true;
  if (expression.type === "UnaryExpression") return expression.operator === "not";
  return expression.type === "BinaryExpression" && /^(?:==|~=|[<>]=?)$/.test(expression.operator);
}

/** The line of an operand and its name, as Lua's error messages show it. */
function where(expression: Expression, scope: Scope): string {
  return JSON.stringify(`${expression.loc?.start.line}|${nameOf(expression, scope)}`);
}

function nameOf(expression: Expression, scope: Scope): string {
  if (expression.type === "Identifier") {
    return `${scope.find(expression.name) === undefined ? "global" : "local"} '${expression.name}'`;
  }
  if (expression.type === "MemberExpression") {
    return `${expression.indexer === ":" ? "method" : "field"} '${expression.identifier.name}'`;
  }
  return expression.type === "IndexExpression" ? "field '?'" : "";
}
