import { expect, it } from 'vitest';
import { createSanitizer } from '../../../src/pipeline/sanitize-message.js';

it('repeats two numbers of a message that the request does not contain, and no third one', () => {
  const { sanitize } = createSanitizer('{"age":7}');
  expect(sanitize('age must be between 18 and 99, not 1234')).toBe('age must be between 18 and 99, not …');
  expect(sanitize('age 7 must be between 18 and 99')).toBe('age … must be between 18 and 99');
});
