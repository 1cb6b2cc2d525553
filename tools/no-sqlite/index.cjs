// @mtcute/node names better-sqlite3 as a dependency but only its file sessions load it; ours are sealed elsewhere.
module.exports = class Database {
  constructor() {
    throw new Error('better-sqlite3 is left out on purpose: keep the session in SealedStorage')
  }
}
