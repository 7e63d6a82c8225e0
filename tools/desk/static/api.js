/* Shows /api/openapi.json: one folding block a route.  Text only through textContent. */

function add(parent, tag, text) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

function showSchema(parent, title, schema) {
  add(parent, "h3", title);
  add(parent, "pre", JSON.stringify(schema, null, 2));
}

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
  const routes = document.getElementById("routes");
  try {
    const answer = await fetch("/api/openapi.json");
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.error);
    document.getElementById("title").textContent = `${found.info.title} ${found.info.version}`;
    document.getElementById("about").textContent = found.info.description;
    for (const [path, methods] of Object.entries(found.paths)) {
      for (const [method, operation] of Object.entries(methods)) showRoute(routes, method, path, operation);
    }
  } catch (error) {
    add(routes, "p", String(error.message));
  }
}

run();
