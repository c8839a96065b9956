// Words of the pages on messages.
export default {};
