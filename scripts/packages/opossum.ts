export { default } from 'opossum';
