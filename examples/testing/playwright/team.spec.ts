import { dropAfterBytes, fail } from 'persona-client/testing';
import { expect } from 'playwright/test';
import { test } from './service.js';

test('lists the personas', async ({ page, service }) => {
  await page.goto('/');
  await expect(page.getByRole('listitem')).toHaveText(['Grace, since 2026-05-01', 'Ada, since 2026-05-01']);
  await expect(page.getByRole('status')).toHaveText('2 personas');
  expect(service.requests.map(({ path }) => path)).toEqual(['/api/v1/personas?page=1&per_page=20']);
});

test('survives two failures', async ({ page, service }) => {
  service.faults.add(fail({ status: 503, times: 2 }));
  await page.goto('/');
  await expect(page.getByRole('status')).toHaveText('2 personas');
  expect(service.requests.map(({ status }) => status)).toEqual([503, 503, 200]);
});

test('adds a persona', async ({ page, service }) => {
  await page.goto('/');
  await page.getByLabel('Name').fill('Joan');
  await page.getByRole('button', { name: 'Add' }).click();
  await expect(page.getByRole('listitem')).toHaveText([/^Joan/, /^Grace/, /^Ada/]);
  const [create] = service.requests.filter(({ method }) => method === 'POST');
  expect(JSON.parse(create?.body ?? '')).toEqual({ name: 'Joan' });
});

test('reports a create that may have succeeded if the response is truncated', async ({ page, service }) => {
  await page.goto('/');
  service.faults.add(dropAfterBytes(5, { times: 1, match: { method: 'POST' } }));
  await page.getByLabel('Name').fill('Joan');
  await page.getByRole('button', { name: 'Add' }).click();
  await expect(page.getByRole('status')).toHaveText(/may have/);
  await page.reload();
  await expect(page.getByRole('status')).toHaveText('3 personas');
});
