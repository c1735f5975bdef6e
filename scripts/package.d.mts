export declare function packageVsix(): Promise<string>;
