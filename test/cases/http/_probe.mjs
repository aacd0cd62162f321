// Not a case: runs in Node, Bun or Deno. Arguments: URL of the built package, URLs of the bad servers as JSON.
const argv = globalThis.Deno?.args ?? process.argv.slice(2);
const { PersonaClient, PersonaError } = await import(argv[0]);
for (const [kind, baseUrl] of Object.entries(JSON.parse(argv[1])))
  for (const method of ['get', 'create']) {
    let requests = 0;
    const client = new PersonaClient({
      baseUrl,
      dialect: 'subresource',
      cache: false,
      retry: { limit: 1, backoffMs: 1 },
      timeoutMs: 3000,
    });
    client.on('request', () => requests++);
    let outcome;
    try {
      await (method === 'get' ? client.personas.get(1) : client.personas.create({ name: 'x' }));
      outcome = 'ok';
    } catch (e) {
      outcome =
        e instanceof PersonaError
          ? e.code
          : `a raw ${e?.constructor?.name} ${e?.code ?? ''} ${String(e?.message).slice(0, 60)}`;
    }
    console.log(JSON.stringify({ kind, method, requests, outcome }));
  }
(globalThis.Deno?.exit ?? process.exit)(0);
