// Shows /openapi.json and lets every call in it be tried. Text goes in as text, never as markup.
'use strict';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const FORM = 'application/x-www-form-urlencoded';

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
  if (!schema.properties) return schema.const ?? schema.enum?.[0] ?? schema.default ?? '';
  const members = Object.entries(schema.properties);
  return Object.fromEntries(members.map(([name, member]) => [name, example(api, member)]));
}

function bodyExample(api, media, content) {
  const given = content.example ?? Object.values(content.examples ?? {})[0]?.value;
  const shown = given ?? example(api, content.schema);
  return media === FORM ? String(new URLSearchParams(shown)) : JSON.stringify(shown, null, 2);
}

// Who may call, in words.
function needed(api, requirements = []) {
  const schemes = api.components?.securitySchemes ?? {};
  const words = requirements.flatMap((each) => Object.entries(each)).map(([name, scopes]) => {
    const kind = schemes[name]?.scheme === 'basic' ? 'a client id and its secret' : 'an access token';
    return scopes.length ? `${kind} with the scope ${scopes.join(' ')}` : kind;
  });
  if (!words.length) return 'Needs no access token.';
  const must = requirements.some((each) => !Object.keys(each).length) ? 'Takes' : 'Needs';
  return `${must} ${words.join(' or ')}.`;
}

function needsToken(api, requirements = []) {
  const schemes = api.components?.securitySchemes ?? {};
  return requirements.some((each) => Object.keys(each).some((name) => schemes[name]?.scheme === 'bearer'));
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

// What an answer carries besides its status.
function contents(api, response) {
  const headers = Object.entries(response.headers ?? {}).map(([name, header]) =>
    element('p', {}, element('code', {}, name), ' ', element('small', {}, header.description ?? '')));
  const shown = Object.entries(response.content ?? {}).map(([media, content]) =>
    element('pre', {}, `${media}\n\n${bodyExample(api, media, content)}`));
  return [...headers, ...shown];
}

// Answers of the same kind share a row.
function responseTable(api, responses) {
  const kinds = new Map();
  for (const [status, reference] of Object.entries(responses)) {
    const response = resolved(api, reference);
    const known = kinds.get(response.description) ?? { statuses: [], response };
    known.statuses.push(status);
    kinds.set(response.description, known);
  }
  const rows = [...kinds].map(([description, { statuses, response }]) => {
    const cell = element('div', {}, element('p', {}, description));
    if (statuses[0] < 300) cell.append(...contents(api, response));
    return row(element('code', {}, statuses.join(', ')), cell);
  });
  return element('table', {}, ...rows);
}

function request(path, method, inputs, media, body, withToken) {
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
  const token = document.getElementById('access-token').value;
  if (withToken && token) headers.set('authorization', `Bearer ${token}`);
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
  parts.append(element('p', { className: 'dim' }, needed(api, described.security)));
  if (described.parameters?.length) {
    parts.append(element('h3', {}, 'Parameters'), parameterTable(described.parameters, inputs));
  }
  const body = element('textarea', { ariaLabel: 'Body', spellcheck: false });
  if (media) {
    body.value = bodyExample(api, media, content);
    body.rows = body.value.split('\n').length;
    parts.append(element('h3', {}, 'Body ', element('small', {}, media)), body);
  }
  const answer = element('pre', { hidden: true });
  const send = element('button', { type: 'button' }, 'Send');
  send.addEventListener('click', async () => {
    answer.hidden = false;
    answer.textContent = '…';
    try {
      const withToken = needsToken(api, described.security);
      const sent = request(path, method, inputs, media, media && body.value, withToken);
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
  // Each begins with its status.
  kinds.sort(([, left], [, right]) => left.localeCompare(right));
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
  openTarget();
  // The browser looked for the target when there was none yet.
  if (location.hash) location.replace(location.hash);
}

// A call that the address names is seen whole.
function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.tagName === 'DETAILS') target.open = true;
}

addEventListener('hashchange', openTarget);

show().catch((error) => {
  document.getElementById('operations').textContent = `The description cannot be shown: ${error}`;
});
