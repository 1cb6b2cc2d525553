/** One thing that should be so, and what had to be done for it. In a dry run `made` is what would be. */
export interface Done {
  readonly what: string
  readonly state: 'made' | 'kept' | 'left'
  readonly note?: string | undefined
}
