export { plainVault, type Contents, type Declared, type PlainVault, type PlainVaultOptions } from './plain-vault.js'
export { openCore, type House } from './open-core.js'
export { statusDeclared } from './status-declared.js'
