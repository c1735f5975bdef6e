export const CRUN_VERSION: string;
export function crunSuite(): { directory: string } | { reason: string };
