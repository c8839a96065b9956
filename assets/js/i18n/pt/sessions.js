// Words of the pages on sessions.
export default {};
