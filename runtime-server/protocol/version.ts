// The version of the wire between the server and its clients.

/** Raised whenever a client of the previous number could misread the server. Compared at the handshake. */
export const PROTOCOL_VERSION = 2;

/** Version of the whole product, as in package.json (a rules test compares them). */
export const PRODUCT_VERSION = '0.1.0';
