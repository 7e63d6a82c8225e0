/* Shows /api/openapi.json: one folding block a route.  Text only through textContent. */

import { byId, messageOf } from "../base/ui.js";

/**
 * A schema of OpenAPI is only shown as it is.
 * @typedef {object} Operation
 * @property {string} summary
 * @property {{name: string, in: string, required?: boolean, description?: string}[]} parameters
 * @property {Content} [requestBody]
 * @property {Record<string, Content>} responses
 */

/** @typedef {{content: Record<string, {schema: unknown}>}} Content */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {HTMLElement} parent
 * @param {T} tag
 * @param {string} [text]
 */
function add(parent, tag, text) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

/**
 * @param {HTMLElement} parent
 * @param {string} title
 * @param {unknown} schema
 */
function showSchema(parent, title, schema) {
  add(parent, "h3", title);
  add(parent, "pre", JSON.stringify(schema, null, 2));
}

/**
 * @param {HTMLElement} parent
 * @param {string} method
 * @param {string} path
 * @param {Operation} operation
 */
function showRoute(parent, method, path, operation) {
  const block = add(parent, "details");
  const head = add(block, "summary");
  add(head, "code", `${method.toUpperCase()} ${path}`);
  add(head, "span", `  ${operation.summary}`);
  for (const parameter of operation.parameters) {
    const needed = parameter.required ? "" : ", may be left out";
    add(block, "p", `${parameter.name} (${parameter.in}${needed}) ${parameter.description || ""}`);
  }
  const body = operation.requestBody?.content["application/json"].schema;
  if (body) showSchema(block, "Request", body);
  showSchema(block, "Answer", operation.responses["200"].content["application/json"].schema);
}

async function run() {
  const routes = byId("routes");
  try {
    const answer = await fetch("/api/openapi.json");
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.error);
    byId("title").textContent = `${found.info.title} ${found.info.version}`;
    byId("about").textContent = found.info.description;
    /** @type {Record<string, Record<string, Operation>>} */
    const paths = found.paths;
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(methods)) showRoute(routes, method, path, operation);
    }
  } catch (error) {
    add(routes, "p", messageOf(error));
  }
}

run();
