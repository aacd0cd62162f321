/** The client that the integration guide describes, built from popular libraries. */
import axios from 'axios';
import { createAuthRefresh } from 'axios-auth-refresh';
import axiosRetry, { exponentialDelay } from 'axios-retry';
import NodeCache from 'node-cache';
import CircuitBreaker from 'opossum';
import { z } from 'zod';

const text = z.string().nullish();
const number = z.number().nullish();
const fields = z.record(z.string(), z.unknown()).nullish();
const persona = z.looseObject({
  id: z.int().positive(),
  name: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  demographic: z
    .looseObject({
      latitude: number,
      longitude: number,
      language: text,
      country: text,
      city: text,
      region: text,
      age: number,
      gender: text,
      education: text,
      income: text,
      occupation: text,
    })
    .nullish(),
  psychographic: fields,
  behavioral: fields,
  contextual: fields,
});

export async function open(url, resetTimeout = 60_000) {
  let token;
  const logIn = async () => {
    const { data } = await axios.post(`${url}/api/v1/auth/login`, {
      username: 'admin',
      password: 'bench-password',
    });
    token = data.access_token;
  };
  await logIn();

  const api = axios.create({ baseURL: `${url}/api/v1`, timeout: 10_000 });
  api.interceptors.request.use((request) => {
    request.headers.Authorization = `Bearer ${token}`;
    return request;
  });
  createAuthRefresh(api, logIn);
  axiosRetry(api, { retries: 3, retryDelay: exponentialDelay });
  const breaker = new CircuitBreaker((id) => api.get(`/personas/${id}`), {
    timeout: false,
    resetTimeout,
    volumeThreshold: 5,
  });
  const cache = new NodeCache({ stdTTL: 300 });

  return {
    get: async (id) => {
      const cached = cache.get(id);
      if (cached) return cached;
      const { data } = await breaker.fire(id);
      const parsed = persona.parse(data);
      cache.set(id, parsed);
      return parsed;
    },
  };
}
