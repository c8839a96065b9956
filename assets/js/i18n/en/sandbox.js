// Words of the pages on sandbox.
export default {};
