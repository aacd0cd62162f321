import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { PersonaClient } from 'persona-client';
import { personaQueries } from 'persona-client/query';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';

const { service = 'http://localhost:5050', user = 'anonymous' } = document.documentElement.dataset;
const client = new PersonaClient({ baseUrl: service });
const queries = personaQueries(client, { keyPrefix: ['personas', user] });
const queryClient = new QueryClient({ defaultOptions: { queries: { staleTime: 30_000 } } });

createRoot(document.body).render(
  <QueryClientProvider client={queryClient}>
    <App queries={queries} />
  </QueryClientProvider>,
);
