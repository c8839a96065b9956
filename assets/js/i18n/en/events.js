// Words of the pages on events.
export default {};
