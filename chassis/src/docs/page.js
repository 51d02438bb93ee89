// Shows /openapi.json and lets every call in it be tried. Text goes in as text, never as markup.
'use strict';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function resolved(api, schema) {
  return schema?.$ref ? schema.$ref.split('/').slice(1).reduce((at, key) => at[key], api) : schema;
}

// The example that a schema has, or one put together from its members.
function example(api, reference) {
  const schema = resolved(api, reference) ?? {};
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.length) return schema.examples[0];
  if (schema.type === 'array') return [example(api, schema.items)];
  if (!schema.properties) return schema.default ?? '';
  const members = Object.entries(schema.properties);
  return Object.fromEntries(members.map(([name, member]) => [name, example(api, member)]));
}

function bodyExample(api, content) {
  const given = content.example ?? Object.values(content.examples ?? {})[0]?.value;
  return JSON.stringify(given ?? example(api, content.schema), null, 2);
}

function row(...cells) {
  return element('tr', {}, ...cells.map((cell) => element('td', {}, cell)));
}

function parameterTable(parameters, inputs) {
  const rows = parameters.map((parameter) => {
    const place = `${parameter.in}${parameter.required ? ', required' : ''}`;
    const label = `${parameter.name} (${place})`;
    const input = element('input', { ariaLabel: label, placeholder: parameter.description ?? '' });
    inputs.push({ parameter, input });
    const name = element('span', {}, element('code', {}, parameter.name), ' ');
    name.append(element('small', {}, place));
    return row(name, input);
  });
  return element('table', {}, ...rows);
}

function responseTable(api, responses) {
  const rows = Object.entries(responses).map(([status, response]) =>
    row(element('code', {}, status), resolved(api, response).description));
  return element('table', {}, ...rows);
}

function request(path, method, inputs, media, body) {
  const query = new URLSearchParams();
  const headers = new Headers();
  let target = path;
  for (const { parameter, input } of inputs) {
    if (!input.value) continue;
    if (parameter.in === 'path') {
      target = target.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    }
    if (parameter.in === 'query') query.set(parameter.name, input.value);
    if (parameter.in === 'header') headers.set(parameter.name, input.value);
  }
  const token = document.getElementById('token').value;
  if (token) headers.set('authorization', `Bearer ${token}`);
  if (media) headers.set('content-type', media);
  const search = query.size ? `?${query}` : '';
  return fetch(target + search, { method: method.toUpperCase(), headers, body });
}

async function shown(response) {
  const text = await response.text();
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
  let body = text;
  try {
    body = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // Not JSON: shown as it came.
  }
  return `${response.status} ${response.statusText}\n${headers}\n\n${body}`;
}

function operation(api, path, method, described) {
  const inputs = [];
  const [media, content] = Object.entries(described.requestBody?.content ?? {})[0] ?? [];
  const parts = element('div');
  if (described.description) parts.append(element('p', {}, described.description));
  if (described.parameters?.length) {
    parts.append(element('h3', {}, 'Parameters'), parameterTable(described.parameters, inputs));
  }
  const body = element('textarea', { ariaLabel: 'Body', spellcheck: false });
  if (media) {
    body.value = bodyExample(api, content);
    parts.append(element('h3', {}, 'Body ', element('small', {}, media)), body);
  }
  const answer = element('pre', { hidden: true });
  const send = element('button', { type: 'button' }, 'Send');
  send.addEventListener('click', async () => {
    answer.hidden = false;
    answer.textContent = '…';
    try {
      const sent = request(path, method, inputs, media, media && body.value);
      answer.textContent = await shown(await sent);
    } catch (error) {
      answer.textContent = String(error);
    }
  });
  parts.append(send, answer, element('h3', {}, 'Answers'), responseTable(api, described.responses));
  const heading = element('summary', {},
    element('span', { className: `method ${method}` }, method.toUpperCase()),
    element('span', { className: 'path' }, path),
    element('span', { className: 'dim' }, described.summary ?? ''));
  return element('details', { id: described.operationId }, heading, parts);
}

function operations(api) {
  const groups = new Map((api.tags ?? []).map(({ name }) => [name, []]));
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((method) => item[method])) {
      const tag = item[method].tags?.[0] ?? 'other';
      groups.set(tag, [...(groups.get(tag) ?? []), operation(api, path, method, item[method])]);
    }
  }
  return [...groups].flatMap(([tag, calls]) => [element('h2', {}, tag), ...calls]);
}

function problems(api) {
  const kinds = Object.entries(api['x-problem-types'] ?? {});
  if (!kinds.length) return [];
  const rows = kinds.map(([kind, meaning]) => {
    const made = row(element('code', {}, kind), meaning);
    made.id = kind;
    return made;
  });
  return [element('h2', {}, 'Problem types'), element('table', {}, ...rows)];
}

async function show() {
  const api = await (await fetch('/openapi.json')).json();
  document.title = api.info.title;
  document.getElementById('title').textContent = `${api.info.title} ${api.info.version}`;
  document.getElementById('description').textContent = api.info.description ?? '';
  document.getElementById('operations').replaceChildren(...operations(api));
  document.getElementById('problems').replaceChildren(...problems(api));
  if (location.hash) document.querySelector(`[id="${CSS.escape(location.hash.slice(1))}"]`)?.scrollIntoView();
}

show().catch((error) => {
  document.getElementById('operations').textContent = `The description cannot be shown: ${error}`;
});
