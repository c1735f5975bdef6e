export declare const CODE_SERVER_VERSION: string;
export declare function setupVscodeServer(options: {
  readonly root: string;
  readonly log?: (line: string) => void;
}): Promise<{ readonly serverDir: string; readonly node: string }>;
