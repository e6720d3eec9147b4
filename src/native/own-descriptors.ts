/** In these places of its descriptors a child finds our bundle and our addon, where init cannot start it by path. */
export const bundleDescriptor = 5;
export const addonDescriptor = 6;

export const bundlePath = `/proc/self/fd/${bundleDescriptor}`;

/** Whether this process runs a bundle that init has kept: see src/init/processes/own-files.ts. */
export const startedFromDescriptors = import.meta.url === `file://${bundlePath}`;
