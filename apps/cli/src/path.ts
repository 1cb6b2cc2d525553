/** A path as it is sent: no space around it, no slash at either end. */
export const cleanPath = (path: string): string => path.trim().replace(/^\/+|\/+$/g, '')

/** A mount point as it is shown: with its closing slash. */
export const mountName = (path: string): string => `${cleanPath(path)}/`
