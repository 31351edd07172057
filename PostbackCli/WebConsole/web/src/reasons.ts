/** What a reason of a quarantined record means. */
export interface Reason {
  title: string;
  why: (where: { key: string; table: string }) => string;
}

const unknown: Reason = { title: 'Quarantined', why: () => 'It was quarantined after its 200.' };

const reasons: Record<string, Reason> = {
  unknown_key: {
    title: 'Unknown key',
    why: ({ key, table }) => `The sender uses a write key that was never added here (its hash begins with ${key}), for ${table}.`,
  },
  revoked_key: {
    title: 'Revoked key',
    why: ({ key, table }) => `Key ${key} was revoked, and a sender still uses it for ${table}.`,
  },
  wrong_kind_of_key: {
    title: 'Key in the wrong place',
    why: ({ key, table }) => `Key ${key} is for the URL of a hook and came in a header, or the other way round, for ${table}.`,
  },
  expired_key: {
    title: 'Expired key',
    why: ({ key, table }) => `Key ${key} had expired when the record for ${table} arrived.`,
  },
  key_not_allowed: {
    title: 'Key not allowed here',
    why: ({ key, table }) => `Key ${key} is valid, but may not write to ${table}.`,
  },
};

export const reasonCodes = Object.keys(reasons);

/** A reason by its code; an unknown code is shown as it is. */
export const reasonOf = (code: string): Reason => reasons[code] ?? { ...unknown, title: code.replaceAll('_', ' ') };

/** Why a request was rejected, by the contract's code. */
export const rejections: Record<string, { status: number; why: string }> = {
  missing_credentials: { status: 403, why: 'no usable write key in a header' },
  payload_too_large: { status: 413, why: 'a body above 1,048,064 bytes' },
  invalid_json: { status: 400, why: 'not one JSON text' },
  not_an_object: { status: 400, why: 'JSON, but not an object' },
  invalid_database_name: { status: 400, why: 'a database name with characters that are not allowed' },
  invalid_table_name: { status: 400, why: 'a table name with characters that are not allowed' },
  unsupported_content_encoding: { status: 415, why: 'a coding other than gzip, deflate, br' },
  request_timeout: { status: 408, why: 'a body that did not arrive in time' },
  method_not_allowed: { status: 405, why: 'a method other than POST' },
  not_found: { status: 404, why: 'an unknown path' },
  unavailable: { status: 503, why: 'the queue did not accept it; senders retry' },
};
