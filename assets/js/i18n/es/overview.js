// Words of the pages on overview.
export default {};
