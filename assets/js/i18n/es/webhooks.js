// Words of the pages on webhooks.
export default {};
