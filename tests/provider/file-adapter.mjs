// Keeps what the provider knows (sessions, grants, tokens) in a JSON file, so that stopping and starting it
// is an outage and no loss of memory. For tests: everything is written whole, and nothing is ever cleaned up.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

export function fileAdapter(path) {
  const known = new Map(existsSync(path) ? Object.entries(JSON.parse(readFileSync(path, 'utf8'))) : []);
  const save = () => writeFileSync(path, JSON.stringify(Object.fromEntries(known)));

  return class FileAdapter {
    constructor(model) {
      this.model = model;
    }

    key(id) {
      return `${this.model}:${id}`;
    }

    async upsert(id, payload) {
      known.set(this.key(id), payload);
      save();
    }

    async find(id) {
      return known.get(this.key(id));
    }

    findWhere(field, value) {
      return [...known].find(([key, payload]) => key.startsWith(`${this.model}:`) && payload[field] === value)?.[1];
    }

    async findByUid(uid) {
      return this.findWhere('uid', uid);
    }

    async findByUserCode(code) {
      return this.findWhere('userCode', code);
    }

    async consume(id) {
      known.get(this.key(id)).consumed = Math.floor(Date.now() / 1000);
      save();
    }

    async destroy(id) {
      known.delete(this.key(id));
      save();
    }

    async revokeByGrantId(grantId) {
      for (const [key, payload] of known) if (payload.grantId === grantId) known.delete(key);
      save();
    }
  };
}
