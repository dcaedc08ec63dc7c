/**
 * Campaigns that are kept beside the code, by their raw files' names, what was repeated most first: the core scenarios, and
 * all of the library.
 */
export const campaignFiles = ['campaign', 'library'] as const;
