export { plainVault, type Contents, type Declared, type PlainVault, type PlainVaultOptions } from './plain-vault.js'
