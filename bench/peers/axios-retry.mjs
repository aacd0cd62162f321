import axios from 'axios';
import axiosRetry, { exponentialDelay } from 'axios-retry';
import { logIn } from './token.mjs';

export async function open(url) {
  const api = axios.create({
    baseURL: `${url}/api/v1`,
    headers: { Authorization: `Bearer ${await logIn(url)}` },
  });
  axiosRetry(api, { retries: 3, retryDelay: exponentialDelay });
  return { get: async (id) => (await api.get(`/personas/${id}`)).data };
}
