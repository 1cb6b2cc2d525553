/** A path as it is sent: as it was typed, without the slashes at its ends. Blanks belong to names, also at the ends. */
export const cleanPath = (path: string): string => path.replace(/^\/+|\/+$/g, '')

/** A mount point as it is shown: with its closing slash. */
export const mountName = (path: string): string => `${cleanPath(path)}/`
